//! Asks a page of Cachet for its lists, page after page.

use url::Url;

use super::List;
use crate::limits::{CACHET_PAGES_MAX, CACHET_PER_PAGE};
use crate::{Document, Haul, ImportError, Input, Spot};

/// Where the API of a version is below the page's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Two,
    Three,
}

/// All lists of a page.
///
/// # Errors
/// When there is no such API.
pub(super) async fn all(
    input: &Input<'_>,
    page: &Url,
    haul: &mut Haul,
) -> Result<Vec<(List, Document)>, ImportError> {
    let version = version(input, page).await?;
    let mut answers = Vec::new();
    for (list, two, three, along) in List::ALL {
        let path = if version == Version::Two { two } else { three };
        match pages(input, page, (version, path, along), haul).await {
            Ok(documents) => answers.extend(documents.into_iter().map(|document| (list, document))),
            Err(error) if list == List::Components => return Err(error),
            Err(error) => haul.leave(error.spot, "what it tells", error.what),
        }
    }
    Ok(answers)
}

/// The version that answers.
async fn version(input: &Input<'_>, page: &Url) -> Result<Version, ImportError> {
    for version in [Version::Three, Version::Two] {
        let path = "components";
        let answer = input.fetch(&address(page, version, path, "", 1)?).await;
        if answer.is_ok_and(|document| has_data(&document)) {
            return Ok(version);
        }
    }
    let hint =
        "give the address of the page without a path, or save the answers of its API and name the files";
    Err(ImportError::new(
        Spot::of(page.as_str()),
        "neither /api/components nor /api/v1/components answers there",
        hint,
    ))
}

fn has_data(document: &Document) -> bool {
    document.json().is_ok_and(|root| document.at(&root).get("data").is_some_and(|data| data.is_list()))
}

/// The pages of a list.
async fn pages(
    input: &Input<'_>,
    page: &Url,
    (version, path, along): (Version, &str, &str),
    haul: &mut Haul,
) -> Result<Vec<Document>, ImportError> {
    let mut documents = Vec::new();
    for number in 1..=CACHET_PAGES_MAX {
        let document = input.fetch(&address(page, version, path, along, number)?).await?;
        let goes_on = goes_on(&document, number)?;
        documents.push(document);
        if !goes_on {
            return Ok(documents);
        }
    }
    let spot = Spot::of(address(page, version, path, along, CACHET_PAGES_MAX)?.as_ref());
    haul.leave(
        spot,
        "what comes after",
        format!("{CACHET_PAGES_MAX} pages are read of each list, the newest first"),
    );
    Ok(documents)
}

/// Whether another page follows. Its address is made here and not taken from the answer, so that an answer leads nowhere else.
fn goes_on(document: &Document, number: usize) -> Result<bool, ImportError> {
    let root = document.json()?;
    let at = document.at(&root);
    if at.need("data")?.items()?.is_empty() {
        return Ok(false);
    }
    let pagination = at.get("meta").and_then(|meta| meta.get("pagination"));
    if let Some(total) = pagination.as_ref().and_then(|pagination| pagination.get("total_pages")) {
        return Ok(total.number()? > number as u64);
    }
    Ok(at.get("links").is_some_and(|links| links.get("next").is_some()))
}

fn address(page: &Url, version: Version, path: &str, along: &str, number: usize) -> Result<Url, ImportError> {
    let below = match version {
        Version::Two => format!("api/v1/{path}"),
        Version::Three => format!("api/{path}"),
    };
    let mut base = page.clone();
    base.set_query(None);
    base.set_fragment(None);
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", page.path()));
    }
    let joined = base.join(&below).map_err(|error| {
        ImportError::new(
            Spot::of(page.as_str()),
            format!("it is no address: {error}"),
            "give scheme and host",
        )
    });
    let mut url = joined?;
    url.query_pairs_mut()
        .append_pair("per_page", &CACHET_PER_PAGE.to_string())
        .append_pair("page", &number.to_string());
    if version == Version::Three && !along.is_empty() {
        url.query_pairs_mut().append_pair("include", along);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_asked_below_the_address_of_the_page() {
        let told = |page: &str, version| {
            let page = Url::parse(page).unwrap();
            address(&page, version, "incidents", "updates", 2).unwrap().to_string()
        };
        assert_eq!(
            told("https://status.example.com", Version::Two),
            "https://status.example.com/api/v1/incidents?per_page=100&page=2"
        );
        assert_eq!(
            told("https://example.com/status?x=1", Version::Three),
            "https://example.com/status/api/incidents?per_page=100&page=2&include=updates"
        );
    }

    #[test]
    fn pages_follow_as_either_version_tells() {
        let follows =
            |text: &str| goes_on(&Document { name: "a".to_owned(), text: text.to_owned() }, 1).unwrap();
        assert!(follows(r#"{"meta":{"pagination":{"total_pages":2}},"data":[{"id":1}]}"#));
        assert!(!follows(r#"{"meta":{"pagination":{"total_pages":1}},"data":[{"id":1}]}"#));
        assert!(follows(r#"{"links":{"next":"http://127.0.0.1/x"},"data":[{"id":1}]}"#));
        assert!(!follows(r#"{"links":{"next":null},"data":[{"id":1}]}"#));
        assert!(!follows(r#"{"links":{"next":"http://127.0.0.1/x"},"data":[]}"#));
    }
}
