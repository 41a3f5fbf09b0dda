//! The checker on small models whose answers are known by hand. Nothing here needs more than the package `mitregate`,
//! so that a change to that is judged within seconds.

#[path = "../common/actor_model.rs"]
mod actor_model;
mod actors;
mod contract;
#[cfg(feature = "distributed")]
mod distributed;
mod engine;
mod exploration;
mod keys;
mod liveness;
mod miter;
mod models;
mod partial_order;
mod saving;
mod temporal;
#[path = "../common/tlc.rs"]
mod tlc;
