//! The store on real files.

mod support;

mod conformance;
