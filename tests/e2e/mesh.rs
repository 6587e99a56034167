//! Promise 6, and with it 3 and 4: whatever the topology, everything reaches everybody it concerns exactly once and in the
//! order of its sender, and nothing comes back or goes round.
