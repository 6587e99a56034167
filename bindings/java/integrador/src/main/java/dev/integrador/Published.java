package dev.integrador;

/**
 * What became of one of many messages: it has a receipt, or why it was refused.
 *
 * @param receipt the receipt, or null
 * @param refusal why it was refused, or null
 */
public record Published(Receipt receipt, IntegradorException refusal) {
    /**
     * The receipt.
     *
     * @return the receipt
     * @throws IntegradorException why it was refused
     */
    public Receipt orElseThrow() {
        if (refusal != null) {
            throw refusal;
        }
        return receipt;
    }
}
