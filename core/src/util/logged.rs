//! For tests: what the log is told.

use std::fmt;
use std::sync::{Arc, Mutex};

use crate::util::lock::MutexExt;

/// What the log is told by this thread while something is done.
pub(crate) fn logged(work: impl FnOnce()) -> Vec<String> {
    #[derive(Default, Clone)]
    struct Log(Arc<Mutex<Vec<String>>>);
    impl tracing::field::Visit for Log {
        fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
            if field.name() == "message" {
                self.0.hold().push(format!("{value:?}"));
            }
        }
    }
    impl tracing::Subscriber for Log {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }
        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
        fn event(&self, event: &tracing::Event<'_>) {
            event.record(&mut self.clone());
        }
        fn enter(&self, _: &tracing::span::Id) {}
        fn exit(&self, _: &tracing::span::Id) {}
    }
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), work);
    log.0.hold().clone()
}
