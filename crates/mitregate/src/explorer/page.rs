//! What the Explorer's page shows above the words of a state: what is open, remarks, and the picture.
//!
//! Stateright's page puts what a model draws into itself as it is. So it may be HTML, and have a style that holds for the
//! whole page: that keeps the picture beside the steps on a narrow screen, and follows a reader's choice of light or dark.

use std::sync::{Arc, PoisonError, RwLock};

use crate::check::film::escaped;

const STYLE: &str = include_str!("page.css");

/// What is said of the model that is open, above each of its states. Lines may come while it is served; a state that is
/// shown already has them when it is opened again.
#[derive(Clone, Debug, Default)]
pub struct Remarks {
    title: String,
    lines: Arc<RwLock<Vec<Remark>>>,
}

#[derive(Clone, Debug)]
struct Remark {
    text: String,
    /// Where the Explorer shows what it is about.
    path: Option<String>,
}

impl Remarks {
    /// None yet, under a title.
    pub fn new(title: String) -> Remarks {
        Remarks { title, lines: Arc::default() }
    }

    /// Adds a line.
    pub fn add(&self, text: String) {
        self.push(Remark { text, path: None });
    }

    /// Adds a line that opens the end of a [path](super::path).
    pub fn add_link(&self, text: String, path: String) {
        self.push(Remark { text, path: Some(path) });
    }

    fn push(&self, remark: Remark) {
        self.lines.write().unwrap_or_else(PoisonError::into_inner).push(remark);
    }
}

/// What stands above the words of a state.
pub(super) fn above(remarks: &Remarks, picture: Option<&str>) -> String {
    let mut html = format!("<style>{STYLE}</style><div class=\"mitregate\">");
    if !remarks.title.is_empty() {
        html.extend(["<h3>", &escaped(&remarks.title), "</h3>"]);
    }
    let lines = remarks.lines.read().unwrap_or_else(PoisonError::into_inner);
    for Remark { text, path } in lines.iter() {
        let text = escaped(text);
        match path {
            Some(path) => {
                let path = escaped(path);
                html.extend(["<p><a href=\"#/steps/", &path, "\">", &text, "</a></p>"]);
            }
            None => html.extend(["<p>", &text, "</p>"]),
        }
    }
    html.extend([picture.unwrap_or_default(), "</div>"]);
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_text_and_a_path_is_a_link() {
        let remarks = Remarks::new("a <b>".to_owned());
        remarks.add("x & y".to_owned());
        let later = remarks.clone();
        later.add_link("Law fails".to_owned(), "0/1".to_owned());
        let html = above(&remarks, Some("<svg/>"));
        let (style, html) = html.split_once("</style>").unwrap();
        assert!(style.contains(".main-flex"));
        assert_eq!(
            html,
            "<div class=\"mitregate\"><h3>a &lt;b&gt;</h3><p>x &amp; y</p>\
             <p><a href=\"#/steps/0/1\">Law fails</a></p><svg/></div>"
        );
        assert!(above(&Remarks::default(), None).ends_with("<div class=\"mitregate\"></div>"));
    }
}
