//! Pages in many languages, from outside.

use pharos_tests::{Setup, Target, get};

use crate::{one_component, wait_for_page};

#[test]
fn a_page_speaks_the_language_of_its_address_and_says_so() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    for (tag, direction) in [("ar", " dir=\"rtl\""), ("de", ""), ("ja", ""), ("zh", "")] {
        for path in
            ["/", "/history", "/resilience", "/components/api", "/components/api/calendar", "/nothing-here"]
        {
            let answer = pharos.get(&format!("/{tag}{path}")).unwrap();
            assert!(answer.text().contains(&format!("<html lang=\"{tag}\"{direction}>")), "{tag} {path}");
            assert_eq!(answer.header("content-language"), Some(tag), "{tag} {path}");
        }
    }
    assert_eq!(pharos.get("/de").unwrap().header("location"), Some("/de/"));
}

#[test]
fn a_reader_of_another_language_is_led_to_it_from_an_address_without_one_and_nowhere_else() {
    let target = Target::start().unwrap();
    let setup = Setup::new(&one_component(&target)).unwrap();
    let pharos = setup.start().unwrap();
    wait_for_page(&pharos, "Public API");
    let ask = |path, languages| get(pharos.address, path, &[("accept-language", languages)]).unwrap();
    let led = ask("/history", "fr-CA, en;q=0.5");
    assert_eq!((led.status, led.header("location")), (307, Some("/fr/history")));
    assert_eq!(led.header("vary"), Some("accept-language"));
    for (path, languages) in [("/", "en-GB"), ("/", "tlh"), ("/", ""), ("/de/", "fr"), ("/en/history", "fr")]
    {
        assert_eq!(ask(path, languages).status, 200, "{path} {languages}");
    }
    assert!(ask("/", "en").text().contains("<html lang=\"en\">"));
}
