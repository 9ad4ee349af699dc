//! URLs with variables: no value changes the host, climbs out of the path or adds parameters.

mod common;

use common::{AT, World, shown, url, var};
use intake_runtime::private as rt;
use proptest::prelude::*;
use rt::Url;

fn done(url: Url) -> Result<::url::Url, String> {
    let world = World::offline();
    let cx = world.event();
    let finished = url.finish(AT).map_err(|error| cx.locate(error).to_string())?;
    let text = format!("{finished:?}");
    let shown = text.strip_prefix("FinishedUrl(").and_then(|text| text.strip_suffix(')')).unwrap();
    assert!(!shown.contains("secret"));
    Ok(sent(finished))
}

/// The URL as a transport gets it.
fn sent(finished: rt::FinishedUrl) -> ::url::Url {
    let recorder = common::Recorder::default();
    let requests = recorder.requests.clone();
    let world = World::new(recorder);
    let cx = world.event();
    let send = cx.http(AT, rt::Method::Get, rt::Target::External, finished).send();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(send).unwrap();
    let request = requests.lock().unwrap().pop().unwrap();
    request.url
}

fn base() -> rt::FinishedUrl {
    url("https://api.acme.com/v1/")
}

fn path(value: &str) -> Result<::url::Url, String> {
    done(Url::under(base()).text("/repos/").path(var(value)).text("/issues"))
}

fn host(value: &str) -> Result<::url::Url, String> {
    done(Url::absolute().text("https://").host(var(value)).text(".acme.com/v1"))
}

fn query(value: &str) -> Result<::url::Url, String> {
    done(Url::under(base()).text("/items?a=").query(var(value)).text("&b=2"))
}

fn whole(value: &str) -> Result<::url::Url, String> {
    done(Url::absolute().whole(var(value)))
}

#[test]
fn base_and_path_are_joined_with_exactly_one_slash() {
    for (base, path, joined) in [
        ("https://a.com", "x", "https://a.com/x"),
        ("https://a.com/", "/x", "https://a.com/x"),
        ("https://a.com/v1", "/x/", "https://a.com/v1/x/"),
        ("https://a.com/v1/", "x", "https://a.com/v1/x"),
        ("https://a.com/v1//", "//x", "https://a.com/v1/x"),
        ("https://a.com/v1", "?a=1", "https://a.com/v1?a=1"),
        ("https://a.com/v1", "", "https://a.com/v1"),
        ("https://a.com:8443/v1", "/x y", ""),
        ("http://127.0.0.1:80/v1", "/x%20y?q=ü", "http://127.0.0.1/v1/x%20y?q=%C3%BC"),
        ("https://a.com/v1?key=1", "/x", ""),
    ] {
        let url = done(Url::under(url(base)).text(path));
        match url {
            Ok(url) => assert_eq!(url.as_str(), joined, "{base} + {path}"),
            Err(error) => assert_eq!(joined, "", "{base} + {path}: {error}"),
        }
    }
}

#[test]
fn values_fit_where_they_stand() {
    assert_eq!(path("rust-lang/rust").unwrap().as_str(), "https://api.acme.com/v1/repos/rust-lang/rust/issues");
    assert_eq!(path("a b?#%2f").unwrap().path(), "/v1/repos/a%20b%3F%23%252f/issues");
    assert_eq!(path("é@:;=+&").unwrap().path(), "/v1/repos/%C3%A9%40%3A%3B%3D%2B%26/issues");
    assert_eq!(host("eu").unwrap().host_str(), Some("eu.acme.com"));
    assert_eq!(host("shop-1.EU").unwrap().host_str(), Some("shop-1.eu.acme.com"));
    assert_eq!(query("a b&b=3#é").unwrap().query(), Some("a=a+b%26b%3D3%23%C3%A9&b=2"));
    assert_eq!(query("").unwrap().query(), Some("a=&b=2"));
    assert_eq!(whole("https://a.com/x?page=2").unwrap().as_str(), "https://a.com/x?page=2");
    let port = |value| done(Url::absolute().text("http://a.com:").port(var(value)).text("/x"));
    assert_eq!(port("8080").unwrap().port(), Some(8080));
    assert_eq!(port("080").unwrap().port_or_known_default(), Some(80));
    for bad in ["", "0", "65536", "-1", "+1", "1/evil", "80@evil.com", "8 0"] {
        assert!(port(bad).unwrap_err().contains("${custom_data.x.value}"), "{bad}");
    }
}

#[test]
fn hostile_hosts_are_refused() {
    let long = "a".repeat(64);
    for bad in [
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "evil.com/",
        "evil.com#",
        "evil.com?",
        "evil.com\\",
        "a@evil",
        "user:pw@evil",
        "a:80",
        "a b",
        "a\tb",
        "a\r\nb",
        "bücher",
        "аpple",
        "a%2eb",
        "-a",
        "a-",
        "a_b",
        "[::1]",
        "a\u{200d}b",
        "a。b",
        &long,
    ] {
        let error = host(bad).unwrap_err();
        assert!(error.starts_with("acme.json:52:13: !http of event request in intake issues: "), "{error}");
        assert!(error.contains("${custom_data.x.value}"), "{bad}: {error}");
    }
    // Numbers in disguise, where the value is all of the host.
    for bad in ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "1.2.3.4.5"] {
        assert!(done(Url::absolute().text("https://").host(var(bad)).text("/")).is_err(), "{bad}");
    }
    // A host after the path has begun, and a path before it has.
    assert!(done(Url::absolute().text("https://a.com/").host(var("b"))).is_err());
    assert!(done(Url::absolute().text("https://a.com").path(var("b"))).is_err());
    assert!(done(Url::absolute().text("https://a.com:").path(var("1@b.com/"))).is_err());
}

#[test]
fn hostile_paths_are_refused_or_escaped() {
    for bad in ["", "/", "/a", "a/", "a//b", ".", "..", "../x", "a/..", "a/../../b", "a/./b", "//evil.com"] {
        assert!(path(bad).unwrap_err().contains("${custom_data.x.value}"), "{bad}");
    }
    for escaped in ["%2e%2e", "..\\..", "\\\\evil.com\\", "..;", "a\r\nb", "\t..", "?x=1", "#x", "@evil.com", ":80"] {
        let url = path(escaped).unwrap();
        assert_eq!((url.host_str(), url.port(), url.query()), (Some("api.acme.com"), None, None), "{escaped}");
        assert_eq!(url.path().split('/').count(), 5, "{escaped}: {url}");
    }
    // Literal text and a value that make a segment together.
    for (before, value, after) in
        [("/.", "x/y", "/."), ("/%2e", "x/y", "/%2E%2e"), ("/a/", "b", "/../../c"), ("/a/", "b", "/%2e%2E/c")]
    {
        assert!(
            done(Url::under(base()).text(before).path(var(value)).text(after)).is_err(),
            "{before} {value} {after}"
        );
    }
    // Nor does a value extend a literal dot into a climb.
    let joined = done(Url::under(base()).text("/.").path(var("x")));
    assert_eq!(joined.unwrap().path(), "/v1/.x");
}

#[test]
fn hostile_whole_urls_are_refused() {
    for bad in [
        "",
        "x",
        "/x",
        "//evil.com",
        "ftp://a.com",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https:a.com",
        "https:/a.com",
        "https:\\\\a.com",
        "https://",
        "https:///a.com",
        "https://u@a.com",
        "https://u:p@a.com/",
        "https://a.com\\@b.com",
        "https://a.com#@b.com",
        "https://a.com/..",
        "https://a.com/%2e%2e/x",
        "https://a.com/a b",
        "https://a.com/\r\nx: y",
        " https://a.com",
        "https://127.1/",
        "https://0x7f000001/",
        "https://a.com:99999/",
        "https://bücher.de/",
        "https://a%2ecom/",
        "https://a.com:/",
        "https://a\u{ad}b.com/",
    ] {
        assert!(whole(bad).is_err(), "{bad}");
    }
    // What follows cannot change where it leads.
    assert!(done(Url::absolute().whole(var("https://a.com")).text(".evil.com/")).is_err());
    assert!(done(Url::absolute().whole(var("https://a.com")).text("@evil.com/")).is_err());
    assert!(done(Url::absolute().whole(var("https://a.com:8")).text("0/")).is_err());
    assert!(done(Url::absolute().whole(var("https://a.com")).path(var("evil"))).is_err());
    assert!(done(Url::absolute().whole(var("https://a.com")).host(var("evil"))).is_err());
    let next = done(Url::absolute().whole(var("https://a.com/x?a=1")).text("&b=").path(var("2&c=3")));
    assert_eq!(next.unwrap().query(), Some("a=1&b=2%26c%3D3"));
}

#[test]
fn what_is_wrong_with_the_text_is_said() {
    for (text, reason) in [
        ("https://u:p@a.com/", "user info (`@`) before the host"),
        ("https://a.com/x/%2E./y", "a segment `.` or `..`, which leads elsewhere"),
        ("https://a.com/a\\b", "a backslash, which a parser takes for `/`"),
        ("https://a.com/x#y", "a fragment (`#`), which is never sent"),
        ("https://a.com/x\ny", "a control character"),
        ("https://a.com/x y", "white space"),
        ("https://127.1/", "in its plain ASCII form"),
        ("a.com/x", "neither `http://` nor `https://`"),
    ] {
        let error = done(Url::absolute().text(text)).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn a_whole_path_stays_under_its_base() {
    let under = |value| done(Url::under(base()).whole(var(value)));
    assert_eq!(under("/items?page=2").unwrap().as_str(), "https://api.acme.com/v1/items?page=2");
    assert_eq!(under("items").unwrap().as_str(), "https://api.acme.com/v1/items");
    // Some vendors give the next page as a whole URL.
    assert_eq!(under("https://api.acme.com/v2/x").unwrap().as_str(), "https://api.acme.com/v2/x");
    for bad in
        ["", "//evil.com/", "/../x", "/%2e%2e/x", "\\\\evil.com", "https://evil.com/", "http://api.acme.com/", "/a#b"]
    {
        assert!(under(bad).is_err(), "{bad}");
    }
}

#[test]
fn errors_name_the_variable_and_show_no_value() {
    let error = path("../secret").unwrap_err();
    assert_eq!(
        error,
        "acme.json:52:13: !http of event request in intake issues: `${custom_data.x.value}` cannot be in the path of a \
         URL: it has an empty segment, `.` or `..`, which lead elsewhere"
    );
    let missing = rt::input::<rt::Option<rt::String>>("custom_data.repo.value", &None);
    let error = done(Url::under(base()).text("/").path(missing.clone())).unwrap_err();
    assert!(error.contains("`${custom_data.repo.value}` has no value"), "{error}");
    let null = rt::input("custom_data.repo.value", &rt::Json::Null);
    assert!(done(Url::under(base()).text("/").path(null)).unwrap_err().contains("is null where text is needed"));
    assert_eq!(done(Url::under(base()).text("/").path(missing.or_default("all"))).unwrap().path(), "/v1/all");
    // The first error is the one that is told.
    let error = done(Url::under(base()).text("/").path(var("..")).text("/\\").query(var("x"))).unwrap_err();
    assert!(error.contains("custom_data.x.value"), "{error}");
}

#[test]
fn the_platform_is_the_workflows_account() {
    let mut world = World::offline();
    let error = Url::platform(&world.event(), AT).unwrap_err();
    assert!(shown(&error).contains("workflow customer-42 has no account at the platform"), "{error}");
    world.workflow = world.workflow.platform("https://acme.api-us1.com/", "platform-secret");
    let url = Url::platform(&world.event(), AT).unwrap().text("/api/3/contacts").finish(AT).unwrap();
    assert_eq!(sent(url).as_str(), "https://acme.api-us1.com/api/3/contacts");
}

proptest! {
    #[test]
    fn no_path_value_escapes(value in "(?s).{0,40}", pieces in "[a./\\\\%2eE@:?#\t ]{0,12}") {
        for value in [&value, &pieces] {
            if let Ok(url) = path(value) {
                prop_assert_eq!(url.origin().ascii_serialization(), "https://api.acme.com");
                prop_assert!(url.path().starts_with("/v1/repos/") && url.path().ends_with("/issues"), "{}", url);
                prop_assert_eq!(url.query(), None);
                prop_assert_eq!(url.path().split('/').count(), 4 + value.split('/').count());
            }
        }
    }

    #[test]
    fn no_query_value_adds_a_parameter(value in "(?s).{0,40}") {
        let url = query(&value).unwrap();
        prop_assert_eq!(url.origin().ascii_serialization(), "https://api.acme.com");
        prop_assert_eq!(url.path(), "/v1/items");
        let pairs: Vec<_> = url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        prop_assert_eq!(pairs, [("a".to_owned(), value), ("b".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn no_host_value_leaves_the_domain(value in "(?s).{0,20}", pieces in "[a1.\\-/\\\\@:%?#]{0,8}") {
        for value in [value, pieces] {
            if let Ok(url) = host(&value) {
                prop_assert_eq!(url.host_str().unwrap(), format!("{}.acme.com", value.to_ascii_lowercase()));
                prop_assert_eq!((url.port(), url.path(), url.query(), url.username()), (None, "/v1", None, ""));
            }
        }
    }

    #[test]
    fn any_whole_value_is_a_url_or_an_error(value in "(?s)(https?)?.{0,16}") {
        if let Ok(url) = whole(&value) {
            prop_assert!(matches!(url.scheme(), "http" | "https"));
        }
        if let Ok(url) = done(Url::under(base()).whole(rt::input("v", &value))) {
            prop_assert_eq!(url.origin(), sent(base()).origin());
        }
    }

    #[test]
    fn a_whole_url_is_what_it_looks_like(value in "https?://[a-z0-9.:@\\\\/?#%\\[\\]-]{0,24}") {
        if let Ok(url) = whole(&value) {
            let authority = value.split("://").nth(1).unwrap().split(['/', '?']).next().unwrap();
            let host = authority.rsplit_once(':').map_or(authority, |(host, port)| if port.contains(']') { authority } else { host });
            prop_assert_eq!(url.host_str().unwrap(), host);
            prop_assert!(url.username().is_empty() && url.password().is_none());
        }
    }
}
