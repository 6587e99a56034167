package gwtchat.web;

/** A call of the page that is not done, with the reason as a sentence for the person at it. */
final class Refusal extends RuntimeException {
    static final Refusal NOT_THERE = new Refusal(404, "Esa conversación no existe o ya no participás en ella.");

    private final int status;

    Refusal(int status, String sentence) {
        super(sentence, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }
}
