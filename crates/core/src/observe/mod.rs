//! How work is seen from outside: what every call costs, who waits for what, which request it belongs to, and what was slow.
//!
//! Everything goes through the facades `metrics` and `tracing`: who listens is the binary's business, and where nobody
//! listens a call costs the two looks at a clock. Handles are made when a provider is opened; nothing is looked up by a name
//! while a request runs. Labels are words of this program, never of a caller.

mod context;
mod meters;
mod operation;
mod slow;
mod trace;

pub use context::{Carried, RequestContext, carried, current, within};
pub use meters::{CacheMeter, InUse, PoolMeter, QueueMeter, Waiting};
pub use operation::{Call, Measured, Operation};
pub use slow::{SlowKind, SlowThresholds, is_slow, note_slow, set_slow_thresholds};
pub use trace::{Propagation, TraceContext, install_propagation, outgoing_trace, propagation, trace_id};
