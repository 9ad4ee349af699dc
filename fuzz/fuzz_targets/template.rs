//! Whatever a value is, a URL keeps its host, port and path, and no parameter is added; or it is an error.
#![no_main]

use intake_runtime::private::{At, Url, Value, input, piped};
use libfuzzer_sys::fuzz_target;

const AT: At = At::new("!http", 1, 1);

fuzz_target!(|values: (&str, &str, &str, &str)| {
    let (host, port, path, query) = values;
    let _ = Url::absolute().whole(input("whole", host)).finish(AT);
    let url = Url::absolute()
        .text("https://")
        .host(input("host", host))
        .text(".example.com:")
        .port(input("port", port))
        .text("/a/")
        .path(input("path", path))
        .text("/b?one=")
        .query(input("query", query))
        .text("&two=2")
        .finish(AT);
    let Ok(url) = url else { return };
    let url = url.as_url();
    assert_eq!(url.scheme(), "https");
    assert!(url.host_str().is_some_and(|host| host.ends_with(".example.com")), "{url}");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{url}");
    assert!(url.path().starts_with("/a/") && url.path().ends_with("/b"), "{url}");
    assert!(url.path().split('/').skip(1).all(|segment| !matches!(segment, "" | "." | "..")), "{url}");
    let pairs: Vec<_> = url.query_pairs().collect();
    assert_eq!(pairs.len(), 2, "{url}");
    assert_eq!((&*pairs[0].0, &*pairs[0].1, &*pairs[1].0), ("one", query, "two"));

    let under = Url::under(Url::absolute().text("https://api.example.com/v1").finish(AT).unwrap());
    if let Ok(under) = under.whole(piped("path", &Value::from(path), &[])).finish(AT) {
        let url = under.as_url();
        assert!(url.as_str().starts_with("https://api.example.com/v1"), "{url}");
        assert!(url.path() == "/v1" || url.path().starts_with("/v1/"), "{url}");
    }
});
