//! The command line's `pictures`.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::{Args, FromArgMatches};

use super::pictures;
use mitregate::check::Options;
use mitregate::gate::{Console, Outcome, Verb, VerbError};

#[derive(Args, Debug)]
struct PicturesArgs {
    /// The folder to write to; files of the same names are overwritten
    #[arg(long, value_name = "FOLDER", default_value = "docs/canal_lock")]
    out: PathBuf,
}

/// The verb `pictures`.
pub fn verb() -> Verb {
    let command = clap::Command::new("pictures")
        .about("Draw the decisive states of the race, the deadlock and the fixes (SVG)");
    Verb { command: PicturesArgs::augment_args(command), run }
}

fn run(matches: &clap::ArgMatches, console: &Console<'_>) -> Result<Outcome, VerbError> {
    let args = PicturesArgs::from_arg_matches(matches)?;
    let cannot = |error: std::io::Error| format!("cannot write to {}: {error}", args.out.display());
    (console.progress)("looking for the stories");
    let options = Options { interrupt: Some(console.interrupt), ..Options::default() };
    let pictures = pictures(&options);
    // A search that was cut short has found nothing, and nothing is written.
    if console.interrupt.load(Ordering::Relaxed) {
        return Ok(Outcome::Inconclusive);
    }
    let pictures = pictures?;
    std::fs::create_dir_all(&args.out).map_err(cannot)?;
    for picture in pictures {
        let path = args.out.join(&picture.file);
        std::fs::write(&path, picture.svg).map_err(cannot)?;
        (console.print)(&format!("{}  {}\n", path.display(), picture.caption))?;
    }
    Ok(Outcome::Expected)
}
