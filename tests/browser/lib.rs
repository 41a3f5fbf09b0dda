//! Stateright's Explorer in a real browser: a headless Chromium that clicks through it.
//!
//! The examples that serve it have to be built: `cargo test` and `cargo build --examples` do. Where there is no Chromium,
//! the tests say that they are skipped; with `MITREGATE_REQUIRE_BROWSER=1` that is an error.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use headless_chrome::protocol::cdp::Runtime::ConsoleAPICalledEventTypeOption as Level;
use headless_chrome::protocol::cdp::types::Event;
use headless_chrome::{Browser, LaunchOptions, Tab};

/// The names that Chromium has, by system.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where Chromium is, if it is installed.
pub fn chromium() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&folders).collect();
    let all = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|path| path.is_file())
}

/// An Explorer that ends when it is dropped.
pub struct Explorer {
    process: Child,
    /// Its address, without a slash at the end.
    pub url: String,
}

impl Explorer {
    /// Serves a scenario of a system, on the layer that is named, or on that which tells most.
    ///
    /// # Panics
    ///
    /// If the example has not been built, or does not begin to serve.
    pub fn start(system: &str, scenario: &str, layer: Option<&str>) -> Explorer {
        let program = examples().join(system);
        let layer = layer.map(|layer| ["--layer", layer]);
        let mut process = Command::new(&program)
            .args(["explore", "--address", "127.0.0.1:0", "--scenario", scenario])
            .args(layer.into_iter().flatten())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error}; `cargo build --examples` builds it", program.display())
            });
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it serves");
        let url = line.split_whitespace().find(|word| word.starts_with("http"));
        let url = url.and_then(|url| url.split("/#").next()).expect("an address").to_owned();
        Explorer { process, url }
    }
}

impl Drop for Explorer {
    fn drop(&mut self) {
        // It may have gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder of the examples, beside that of the programs that use this: `target/PROFILE/examples`.
fn examples() -> PathBuf {
    let this = std::env::current_exe().expect("a program has a path");
    let folder = this.parent().expect("a program is in a folder");
    if folder.ends_with("examples") {
        return folder.to_owned();
    }
    folder.parent().map(|profile| profile.join("examples")).expect("tests are in PROFILE/deps")
}

/// A browser with one page, and what that has complained about.
pub struct Page {
    /// The page.
    pub tab: Arc<Tab>,
    errors: Arc<Mutex<Vec<String>>>,
    // Ends with the page.
    _browser: Browser,
}

impl Page {
    /// A page of this size, in pixels; none if there is no Chromium.
    ///
    /// # Panics
    ///
    /// If Chromium does not start.
    pub fn open(chromium: &Path, size: (u32, u32)) -> Page {
        let options = LaunchOptions::default_builder()
            .path(Some(chromium.to_owned()))
            .window_size(Some(size))
            // It is often run as root in containers, where there is no sandbox; it sees only what we serve.
            .sandbox(false)
            .idle_browser_timeout(Duration::from_mins(5))
            .build()
            .expect("options");
        let browser = Browser::new(options).expect("Chromium starts");
        let tab = browser.new_tab().expect("a page");
        tab.set_default_timeout(Duration::from_secs(30));
        let errors = Arc::new(Mutex::new(Vec::new()));
        let seen = errors.clone();
        let listener = move |event: &Event| {
            let error = match event {
                Event::RuntimeExceptionThrown(it) => {
                    Some(format!("{:?}", it.params.exception_details))
                }
                Event::RuntimeConsoleAPICalled(it) if matches!(it.params.Type, Level::Error) => {
                    Some(format!("{:?}", it.params.args))
                }
                Event::LogEntryAdded(it) if format!("{:?}", it.params.entry.level) == "Error" => {
                    Some(format!("{} {:?}", it.params.entry.text, it.params.entry.url))
                }
                _ => None,
            };
            // The browser asks for an icon of its own accord, and Stateright's server has none.
            if let Some(error) = error.filter(|error| !error.contains("/favicon.ico")) {
                seen.lock().expect("no test panics with it").push(error);
            }
        };
        tab.add_event_listener(Arc::new(listener)).expect("a listener");
        tab.enable_log().expect("the log");
        tab.enable_runtime().expect("the console");
        Page { tab, errors, _browser: browser }
    }

    /// Goes to an address, whatever page is open.
    ///
    /// # Panics
    ///
    /// If that cannot be done.
    pub fn go(&self, url: &str) {
        // A change behind the hash alone loads nothing.
        self.tab.navigate_to("about:blank").expect("an empty page");
        self.tab.navigate_to(url).expect("the page");
        self.tab.wait_until_navigated().expect("the page");
        self.wait("document.querySelectorAll('.path-list li').length > 0");
    }

    /// What a script says, as text.
    ///
    /// # Panics
    ///
    /// If the script fails.
    pub fn ask(&self, script: &str) -> String {
        let answer = self.tab.evaluate(&format!("String({script})"), false).expect(script);
        answer.value.and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Waits until a script says true.
    ///
    /// # Panics
    ///
    /// If it does not within half a minute.
    pub fn wait(&self, script: &str) {
        for _ in 0..300 {
            if self.ask(script) == "true" {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("it never comes to: {script}\n{}", self.ask("document.body.innerText"));
    }

    /// What the page has complained about, and had before.
    ///
    /// # Panics
    ///
    /// If the listener has panicked.
    pub fn errors(&self) -> Vec<String> {
        self.errors.lock().expect("the listener goes on").clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chromium; or none, with a word about it.
    fn browser(test: &str) -> Option<PathBuf> {
        let found = chromium();
        if found.is_none() {
            assert!(
                std::env::var_os("MITREGATE_REQUIRE_BROWSER").is_none(),
                "MITREGATE_REQUIRE_BROWSER is set, and there is no Chromium on the PATH"
            );
            println!("skipped: {test}: there is no Chromium on the PATH");
        }
        found
    }

    const STATE: &str = "document.querySelector('.main-flex-right').innerText";
    const PICTURE: &str = "document.querySelector('.main-flex-right svg').outerHTML";
    const PATH: &str = "document.querySelectorAll('.path-list li').length";
    const NEXT: &str = "[...document.querySelectorAll('nav ul:last-of-type a')]";

    #[test]
    fn ten_clicks_go_ten_steps_and_the_picture_changes() {
        let Some(chromium) = browser("ten clicks") else { return };
        let page = Page::open(&chromium, (1200, 1000));
        for (system, scenario) in
            [("multi_paxos", "duel"), ("mpsc_queue", "two_by_two"), ("canal_lock", "keepers")]
        {
            let explorer = Explorer::start(system, scenario, Some("miter"));
            page.go(&explorer.url);
            let mut pictures = std::collections::BTreeSet::new();
            for click in 1..=10 {
                // The last one, so that the same step is not taken again and again.
                page.wait(&format!("{NEXT}.filter(a => a.href).length > 0"));
                page.ask(&format!("{NEXT}.filter(a => a.href).at(-1).click()"));
                page.wait(&format!("{PATH} > {click}"));
                page.wait(&format!("{STATE}.includes('code.') || {STATE}.includes(' = ')"));
                pictures.insert(page.ask(PICTURE));
            }
            assert!(pictures.len() > 3, "{system}: {} pictures", pictures.len());
            let text = page.ask(STATE);
            assert!(text.contains("in the spec that performs"), "{system}: {text}");
            // Every property has a status, and those of the current state have one.
            let statuses = page.ask("document.querySelector('nav').innerText");
            assert!(statuses.contains("Refinement") && statuses.contains("Refusal"), "{statuses}");
        }
        assert_eq!(page.errors(), Vec::<String>::new());
    }

    #[test]
    fn a_deep_link_opens_an_expected_violation_and_a_lasso() {
        let Some(chromium) = browser("deep links") else { return };
        let page = Page::open(&chromium, (1200, 1000));
        for (system, scenario, layer, law) in [
            ("multi_paxos", "as_given", "miter", "Refinement"),
            ("mpsc_queue", "fault_copy_on_grow", "system", "NothingIsLeftBehind"),
            ("canal_lock", "fault_gauge_stuck", "system", "DoorsOpenWaterlevelRight"),
            // A temporal property, whose behaviour goes back to an earlier state.
            ("mpsc_queue", "consumer_unfair", "spec", "ConsumerProgress"),
        ] {
            let check = Command::new(examples().join(system))
                .args(["check", "--scenario", scenario, "--layer", layer])
                .output()
                .expect("the example is built");
            let out = String::from_utf8(check.stdout).expect("text");
            let after = out.split(&format!(": {law} ")).nth(1).unwrap_or_else(|| panic!("{out}"));
            let link = after.split_whitespace().find(|word| word.starts_with("#/steps/"));
            let link = link.unwrap_or_else(|| panic!("no link in {out}"));
            let explorer = Explorer::start(system, scenario, Some(layer));
            page.go(&format!("{}/{link}", explorer.url));
            let states = link.matches('/').count();
            page.wait(&format!("{PATH} >= {states}"));
            let text = page.ask(STATE);
            if law != "ConsumerProgress" {
                assert!(text.contains(&format!("{law} fails")), "{system} {scenario}: {text}");
            }
            assert!(text.contains(" = ") && !text.contains("SystemState {"), "{text}");
        }
        assert_eq!(page.errors(), Vec::<String>::new());
    }
}
