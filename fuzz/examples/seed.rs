//! Makes the corpus to begin with: every health document of the samples.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = home.join("corpus/health");
    std::fs::create_dir_all(&corpus)?;
    let mut count = 0;
    for page in std::fs::read_dir(home.join("../server/probe/src/health/samples"))? {
        let page = std::fs::read_to_string(page?.path())?;
        for part in page.split("```http\n").skip(1) {
            let (sample, _) = part.split_once("\n```").ok_or("a sample has no end")?;
            let (head, body) = sample.split_once("\n\n").unwrap_or((sample, ""));
            let input = pharos_fuzz::input(head, body.as_bytes());
            std::fs::write(corpus.join(format!("sample-{count:03}")), input)?;
            count += 1;
        }
    }
    println!("{count} samples in {}", corpus.display());
    Ok(())
}
