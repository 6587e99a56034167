//! Work that waits for the disk, or takes long, is done apart from the threads that run tasks: those must not wait.

use tokio::task::JoinError;

use super::threads::spawn_blocking;
use crate::{Error, ErrorKind, Result};

/// Does this on a thread that may wait. It is finished even if nobody waits for it any more.
pub(crate) async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(not_done)?
}

fn not_done(e: JoinError) -> Error {
    // Unless it is a defect, the runtime ends, and the node with it.
    if e.is_panic() {
        Error::new(ErrorKind::Internal, "a part of this library panicked; what it was doing is not done").caused_by(e)
    } else {
        Error::closed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_apart_leaves_the_threads_of_tasks_free_and_a_panic_in_it_is_an_error_of_this_library() {
        // The one thread of this runtime sends what the work waits for.
        let (send, receive) = std::sync::mpsc::channel();
        let work = apart(move || receive.recv_timeout(std::time::Duration::from_secs(30)).map_err(Error::store));
        let (done, ()) = tokio::join!(work, async { send.send(7).unwrap() });
        assert_eq!(done.unwrap(), 7);

        let panicked = apart::<()>(|| panic!("of a test")).await.unwrap_err();
        assert_eq!(panicked.kind(), ErrorKind::Internal);
        assert!(std::error::Error::source(&panicked).is_some());
    }
}
