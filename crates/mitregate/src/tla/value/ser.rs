//! stub
/// Why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ValueError {
    /// p
    pub path: String,
    /// q
    pub problem: String,
}
