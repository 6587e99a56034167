//! The end-to-end tests: what needs real nodes in real processes, arranged by the promise of `docs/guarantees.md` that it
//! shows. One program, so that there is one thing to link.

/// What nothing costs.
mod idle;

/// Edits, deletes, reactions.
mod changes;

/// 1: acknowledged is durable.
mod durable {
    mod again;
    mod crashes;
    mod disk;
    mod old_stores;
}

/// 2: nothing is lost while a platform is down, or new, or moved.
mod waiting {
    mod back;
    mod joining;
    mod newcomers;
    mod registry;
}

/// The table that every language plays.
mod scenarios {
    mod calls;
    mod steps;
    mod table;
    mod world;
}

/// 3 and 4: once, and in order.
mod once {
    pub(crate) mod forks;
    mod handlers;
    mod processes;
    mod threads;
}

/// 5: one bad platform delays no other.
mod neighbours {
    mod bounds;
    mod clients;
    mod slow;
}

/// 6: no echo, no loop.
mod no_loop {
    mod mesh;
}

/// 7: nobody speaks for another platform.
mod identity {
    mod inviters;
    mod speaking;
}

/// 8: nothing fails silently.
mod told {
    mod gateways;
}
