//! What the compiler generates compiles against the runtime, under the strictest lints and without a prelude.

mod common;

use generated::{CustomData, Issues, Repo};
use intake_runtime::intake::Polling;
use intake_runtime::workflow::{Connection, Credentials, Workflow};

#[no_implicit_prelude]
#[deny(warnings, missing_docs, clippy::pedantic)]
#[allow(unreachable_pub, reason = "a test is no library")]
mod generated {
    use ::intake_runtime::private as rt;

    /// Inputs.
    #[derive(::core::clone::Clone)]
    pub struct Issues {
        /// What the customer configured.
        pub custom_data: CustomData,
    }

    /// Fields.
    #[derive(::core::clone::Clone)]
    pub struct CustomData {
        /// `repo`
        pub repo: Repo,
    }

    /// Properties.
    #[derive(::core::clone::Clone)]
    pub struct Repo {
        /// `value`
        pub value: rt::String,
    }

    rt::inputs! { Issues { custom_data: "custom_data" } }
    rt::inputs! { CustomData { repo: "repo" } }
    rt::inputs! { Repo { value: "value" } }

    impl rt::Intake for Issues {
        const META: &'static rt::IntakeMeta = &crate::common::TOKEN;
    }

    impl Issues {
        fn base_url(cx: &rt::Event<'_>) -> rt::Result<rt::FinishedUrl, rt::EventError> {
            const AT: rt::At = rt::At::new("!http", 52, 13);
            rt::Url::absolute().text("https://").host(cx.subdomain()).text(".api.com").finish(AT)
        }
    }

    static JQ_0: rt::Jq = rt::Jq::new("{results: [], since: $__intake_0, line: .body}", 1);

    impl rt::Polling for Issues {
        type Record = rt::Json;
        type State = rt::Value;

        const FREQUENCY: rt::Option<u32> = rt::None;

        async fn request(&self, cx: &mut rt::Event<'_>) -> rt::EventResult {
            const AT: rt::At = rt::At::new("!http", 52, 13);
            let v1 = {
                let url = rt::Url::under(Self::base_url(cx)?)
                    .text("/repos/")
                    .path(rt::input("custom_data.repo.value", &self.custom_data.repo.value))
                    .text("/issues")
                    .finish(AT)?;
                cx.http(AT, rt::Method::Get, rt::Target::Connection, url)
                    .param("state", rt::string("all"))
                    .param("since", cx.polling_state("polling_state.since", &[rt::Step::Key("since")]).value(AT)?)
                    .header("x-trace", rt::string(rt::Text::new(AT).text("id ").var(cx.resource_id()).finish()?))
                    .body(rt::object([
                        ("n", rt::number("1.0")),
                        ("x", rt::array([rt::boolean(true), rt::null()])),
                        ("empty", rt::object([])),
                    ]))
                    .send()
                    .await?
            };
            let v2 = cx.jq(
                rt::At::new("!jq", 60, 13),
                &JQ_0,
                &v1,
                [cx.polling_state("polling_state.since", &[rt::Step::Key("since")])],
            )?;
            let v3 = cx.save(rt::At::new("!save", 61, 13), rt::Scope::Workflow, &v2)?;
            cx.print(rt::At::new("!print_c", 62, 13), rt::Text::new(AT).text("done").finish()?);
            rt::Ok(v3)
        }
    }
}

#[tokio::test]
async fn a_generated_event_runs() {
    let recorder = common::Recorder::default();
    let requests = recorder.requests.clone();
    let mut world = common::World::new(recorder);
    world.meta = &common::TOKEN;
    world.state = common::json(r#"{"since":"2024"}"#);
    let connection = Connection::new("c").subdomain("acme").credentials(Credentials::token("t0k"));
    world.workflow = Workflow::new("w").resource("r1").connection(connection);
    let repo = |value: &str| Issues { custom_data: CustomData { repo: Repo { value: value.to_string() } } };

    let mut cx = world.event();
    let output = repo("rust-lang/rust").request(&mut cx).await.unwrap();
    assert_eq!(output.to_string(), r#"{"results":[],"since":"2024","line":{}}"#);
    let request = requests.lock().unwrap().remove(0);
    assert_eq!(request.url.as_str(), "https://acme.api.com/repos/rust-lang/rust/issues?state=all&since=2024");
    assert_eq!(request.headers["x-trace"], "id r1");
    assert_eq!(request.body.unwrap(), r#"{"n":1.0,"x":[true,null],"empty":{}}"#);
    let effects = cx.into_effects();
    assert_eq!((effects.http_requests, effects.saved.len()), (1, 1));

    let mut cx = world.event();
    let error = repo("../admin").request(&mut cx).await.map_err(|error| cx.locate(error)).unwrap_err();
    assert!(error.to_string().starts_with("acme.json:52:13: !http of event request in intake issues: "), "{error}");
    assert!(requests.lock().unwrap().is_empty());
}
