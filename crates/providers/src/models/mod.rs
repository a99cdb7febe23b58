//! Language models. Each provider is one folder; all run the core's `testkit::language_model_suite`.

pub mod recall;
