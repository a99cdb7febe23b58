//! The store on real files.

mod support;

mod conformance;
mod damage;
mod full_disk;
mod group;
mod kill;
mod migrations;
mod model;
mod plans;
mod power_loss;
mod sealing;
mod upkeep;
