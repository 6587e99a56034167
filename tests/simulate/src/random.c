/* What the standard library takes for randomness, always the same: it would decide in which order the runtime's tasks wake.
 * Linked into this program only, in the place of the system's; `weak!` in std foresees that. What the nodes themselves
 * draw comes from the seed. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

ssize_t getrandom(void *buffer, size_t length, unsigned flags) {
    static uint64_t state = 1;
    unsigned char *bytes = buffer;
    (void)flags;
    for (size_t i = 0; i < length; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (unsigned char)(state >> 56);
    }
    return (ssize_t)length;
}
