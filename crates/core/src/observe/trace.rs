//! The trace that work belongs to, as W3C Trace Context writes it (`traceparent`, `tracestate`).

use std::sync::OnceLock;

use tracing::Span;

use super::context;

/// Characters of a `traceparent` of version 00.
const PARENT: usize = 55;
/// Longest `tracestate` that is passed on; the specification asks for at least this.
const STATE: usize = 512;

/// Where a caller, or a span, stands in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    parent: Box<str>,
    state: Option<Box<str>>,
}

impl TraceContext {
    /// From the headers; none when they are not understood, as the specification asks for.
    pub fn parse(parent: &str, state: Option<&str>) -> Option<Self> {
        let bytes = parent.as_bytes();
        let is_long_enough = bytes.len() == PARENT || (bytes.len() > PARENT && bytes[PARENT] == b'-');
        if !is_long_enough || !parent.is_ascii() || bytes.starts_with(b"ff") {
            return None;
        }
        let fits = |from: usize, to: usize| {
            bytes[from..to].iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte))
        };
        let is_zero = |from: usize, to: usize| bytes[from..to].iter().all(|byte| *byte == b'0');
        let dashes = [2, 35, 52].into_iter().all(|at| bytes[at] == b'-');
        let hexes = fits(0, 2) && fits(3, 35) && fits(36, 52) && fits(53, 55);
        let is_known = bytes.starts_with(b"00") && bytes.len() == PARENT || !bytes.starts_with(b"00");
        if !dashes || !hexes || !is_known || is_zero(3, 35) || is_zero(36, 52) {
            return None;
        }
        let fits = |state: &&str| {
            !state.is_empty() && state.len() <= STATE && state.bytes().all(|b| (0x20..0x7f).contains(&b))
        };
        Some(Self { parent: parent.into(), state: state.filter(fits).map(Into::into) })
    }

    /// The header `traceparent`.
    pub fn parent(&self) -> &str {
        &self.parent
    }

    /// The header `tracestate`.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The trace: 32 hexadecimal digits.
    pub fn trace_id(&self) -> &str {
        &self.parent[3..35]
    }
}

/// What knows the traces of spans; installed where spans are collected.
pub trait Propagation: Send + Sync {
    /// Makes a span that nobody has entered yet the child of its caller's.
    fn adopt(&self, span: &Span, caller: &TraceContext);
    /// Where a span stands; none for one that is not collected.
    fn context_of(&self, span: &Span) -> Option<TraceContext>;
}

static PROPAGATION: OnceLock<Box<dyn Propagation>> = OnceLock::new();

/// Makes the traces of spans known to this process; the first one counts.
pub fn install_propagation(propagation: Box<dyn Propagation>) {
    // who is there stays: its spans are the ones that are collected
    let _ = PROPAGATION.set(propagation);
}

/// What knows the traces of spans, if spans are collected.
pub fn propagation() -> Option<&'static dyn Propagation> {
    PROPAGATION.get().map(|installed| &**installed)
}

/// What to tell another server about the trace that this work belongs to: the span that runs, else what its caller said.
pub fn outgoing_trace() -> Option<TraceContext> {
    let of_span = propagation().and_then(|installed| installed.context_of(&Span::current()));
    of_span.or_else(|| context::current()?.trace.clone())
}

/// The trace of the span that runs, else the one that the caller of the request named.
pub fn trace_id() -> Option<String> {
    Some(outgoing_trace()?.trace_id().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_understood_is_kept_as_it_is() {
        let trace = TraceContext::parse(GOOD, Some("vendor=1")).unwrap();
        assert_eq!((trace.parent(), trace.state()), (GOOD, Some("vendor=1")));
        assert_eq!(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let later = format!("01{}-more", &GOOD[2..]);
        assert!(TraceContext::parse(&later, None).is_some(), "a later version may say more");
    }

    #[test]
    fn what_is_not_understood_is_no_trace() {
        let zero_trace = GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32));
        let zero_span = GOOD.replace("00f067aa0ba902b7", &"0".repeat(16));
        let accent = GOOD.replace("4bf9", "4bé");
        let wrong = ["", "00", &GOOD[1..], &GOOD.to_uppercase(), &format!("{GOOD}-more"), &format!("ff{}", &GOOD[2..])];
        for parent in wrong.into_iter().chain([&*zero_trace, &*zero_span, &*accent]) {
            assert_eq!(TraceContext::parse(parent, None), None, "{parent}");
        }
        assert_eq!(TraceContext::parse(GOOD, Some("été")).unwrap().state(), None);
    }
}
