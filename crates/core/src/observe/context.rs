//! The request that work is done for. It follows the work into tasks by [`carried`], so that a line far from the edge can
//! still say for whom it was.

use std::{
    cell::RefCell,
    mem::swap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tracing::{Instrument, instrument::Instrumented};

use super::TraceContext;

thread_local! {
    static CURRENT: RefCell<Option<Arc<RequestContext>>> = const { RefCell::new(None) };
}

/// What is known of a request wherever work is done for it.
#[derive(Debug)]
pub struct RequestContext {
    /// Its id, as its answer and its log line name it.
    pub request_id: Box<str>,
    /// The trace that its caller said it belongs to.
    pub trace: Option<TraceContext>,
}

pin_project! {
    /// Work that is done for a request.
    #[derive(Debug)]
    pub struct Carried<F> {
        #[pin]
        work: F,
        context: Option<Arc<RequestContext>>,
    }
}

/// The request that this thread works for at this moment.
pub fn current() -> Option<Arc<RequestContext>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Does work for a request.
pub fn within<F: Future>(context: Option<Arc<RequestContext>>, work: F) -> Carried<F> {
    Carried { work, context }
}

/// Work for the request of the caller and under its span, to be given to a task of its own.
pub fn carried<F: Future>(work: F) -> Carried<Instrumented<F>> {
    within(current(), work.in_current_span())
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = Entered::new(this.context);
        this.work.poll(context)
    }
}

/// Swaps the request of the work with that of the thread, until dropped; also when the work panics.
struct Entered<'c>(&'c mut Option<Arc<RequestContext>>);

impl<'c> Entered<'c> {
    fn new(context: &'c mut Option<Arc<RequestContext>>) -> Self {
        CURRENT.with_borrow_mut(|current| swap(current, context));
        Self(context)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|current| swap(current, self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, future::pending};

    /// Work for the request of this name.
    fn under<F: Future>(id: &str, work: F) -> Carried<F> {
        within(Some(Arc::new(RequestContext { request_id: id.into(), trace: None })), work)
    }

    fn id() -> Option<String> {
        current().map(|context| context.request_id.to_string())
    }

    #[test]
    fn work_knows_its_request_only_while_it_runs() {
        assert_eq!(under("a", async { id() }).now_or_never(), Some(Some("a".to_owned())));
        assert_eq!(id(), None);
        let nested = under("a", async { (under("b", async { id() }).await, id()) });
        assert_eq!(nested.now_or_never(), Some((Some("b".to_owned()), Some("a".to_owned()))));
    }

    #[test]
    fn a_task_goes_on_for_the_request_that_began_it() {
        let mut task = None;
        assert_eq!(under("a", async { task = Some(carried(async { id() })) }).now_or_never(), Some(()));
        assert_eq!(id(), None);
        assert_eq!(task.unwrap().now_or_never(), Some(Some("a".to_owned())));
    }

    #[test]
    fn nothing_stays_behind_when_work_waits_or_panics() {
        assert!(under("a", pending::<()>()).now_or_never().is_none());
        assert_eq!(id(), None);
        let panics = std::panic::AssertUnwindSafe(under("a", async { panic!("defect") })).catch_unwind();
        assert!(matches!(panics.now_or_never(), Some(Err(_))));
        assert_eq!(id(), None);
    }
}
