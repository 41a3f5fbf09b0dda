//! Takes pictures of the Explorer, as README.md shows them: `cargo run -p mitregate-browser --example screenshots -- docs/explorer`.
//!
//! One of each system, in light and dark, 800 pixels wide, at the end of a shortest counterexample. The examples that serve
//! them have to be built, and Chromium has to be on the PATH.

use std::path::PathBuf;
use std::process::ExitCode;

use headless_chrome::protocol::cdp::Emulation::{MediaFeature, SetEmulatedMedia};
use headless_chrome::protocol::cdp::Page::CaptureScreenshotFormatOption::Png;
use mitregate_browser::{Explorer, Page, chromium};

const SIZE: (u32, u32) = (800, 640);

/// A system, a scenario with a fault, a layer, and the law that fails.
const SHOWN: [(&str, &str, &str, &str); 3] = [
    ("multi_paxos", "as_given", "miter", "Refinement"),
    ("mpsc_queue", "fault_copy_on_grow", "system", "NothingIsLeftBehind"),
    ("canal_lock", "fault_gauge_stuck", "system", "DoorsOpenWaterlevelRight"),
];

fn main() -> ExitCode {
    let (Some(chromium), Some(folder)) = (chromium(), std::env::args_os().nth(1)) else {
        eprintln!("usage: screenshots FOLDER, with Chromium on the PATH");
        return ExitCode::from(2);
    };
    let folder = PathBuf::from(folder);
    if let Err(error) = std::fs::create_dir_all(&folder) {
        eprintln!("{}: {error}", folder.display());
        return ExitCode::from(2);
    }
    let page = Page::open(&chromium, SIZE);
    for (system, scenario, layer, law) in SHOWN {
        let explorer = Explorer::start(system, scenario, Some(layer));
        for scheme in ["light", "dark"] {
            let scheme_of_page =
                MediaFeature { name: "prefers-color-scheme".to_owned(), value: scheme.to_owned() };
            page.tab
                .call_method(SetEmulatedMedia { media: None, features: Some(vec![scheme_of_page]) })
                .expect("a colour scheme");
            let first = format!("{}/#/steps/0", explorer.url);
            page.go(&first);
            // The link to the counterexample comes when it has been found.
            let link = format!(
                "[...document.querySelectorAll('.mitregate a')].find(a => a.text.startsWith('{law} '))"
            );
            while page.ask(&format!("{link} !== undefined")) != "true" {
                page.go(&first);
            }
            page.ask(&format!("{link}.click()"));
            page.wait("document.querySelectorAll('.path-list li').length > 5");
            page.wait("document.querySelector('.main-flex-right').innerText.includes(' fails')");
            let picture = page.tab.capture_screenshot(Png, None, None, true).expect("a picture");
            let file = folder.join(format!("{system}_{scheme}.png"));
            if let Err(error) = std::fs::write(&file, picture) {
                eprintln!("{}: {error}", file.display());
                return ExitCode::from(2);
            }
            println!("{}", file.display());
        }
    }
    ExitCode::SUCCESS
}
