//! `${…}` in strings.

mod common;

use common::{literal, mended, summary, with_sink};
use intake_compiler::template::{self, Part, Template};

fn parse(source: &str) -> (Template, Vec<String>) {
    let (template, found) = with_sink(|sink| template::parse(&literal(source), sink));
    (template, summary(source, &found))
}

/// Each part: texts as they are, variables with their place and default.
fn parts(source: &str) -> Vec<String> {
    let (template, found) = parse(source);
    assert_eq!(found, Vec::<String>::new(), "{source}");
    let show = |part: &Part| match part {
        Part::Text(text) => format!("{:?} at {}", text.value, &source[text.span.range()]),
        Part::Variable(variable) => {
            format!("{} | {:?} at {}", variable.path, variable.default, &source[variable.span.range()])
        }
    };
    template.parts.iter().map(show).collect()
}

#[test]
fn strings_are_cut_at_their_variables() {
    assert_eq!(parts(r#""""#), Vec::<String>::new());
    assert_eq!(parts(r#""$5 } {$ \"x\" $""#), [r#""$5 } {$ \"x\" $" at $5 } {$ \"x\" $"#]);
    assert_eq!(
        parts(r#""a\u00e9\t${ polling_state::since }é${subdomain}""#),
        [
            r#""aé\t" at a\u00e9\t"#,
            "polling_state.since | None at ${ polling_state::since }",
            r#""é" at é"#,
            "subdomain | None at ${subdomain}",
        ]
    );
}

#[test]
fn every_root_and_default_is_read() {
    for (source, expected) in [
        ("${webhook.url}", "webhook.url | None"),
        ("${webhook::url}", "webhook.url | None"),
        ("${data.workflow.webhook_id}", "data.workflow.webhook_id | None"),
        ("${data::connection::a.b[0][12].c}", "data.connection.a.b[0][12].c | None"),
        ("${data.application.x|default}", "data.application.x | Some(\"\")"),
        ("${polling_state}", "polling_state | None"),
        ("${polling_state[1].k | default:}", "polling_state[1].k | Some(\"\")"),
        (
            "${custom_data.dropdown-input-1.value | default: a: b | c }",
            "custom_data.dropdown-input-1.value | Some(\"a: b | c\")",
        ),
        ("${custom_data::form_field.display[2]}", "custom_data.form_field.display[2] | None"),
        ("${piped_content.2.hash}", "piped_content.2.hash | None"),
        ("${piped_content.0}", "piped_content.0 | None"),
        ("${resource.id}", "resource.id | None"),
        ("${ subdomain | default : acme}", "subdomain | Some(\"acme\")"),
        ("${polling_state.$k}", "polling_state.$k | None"),
    ] {
        assert_eq!(parts(&format!("\"{source}\"")), [format!("{expected} at {source}")]);
    }
}

#[test]
fn mistakes_have_their_place() {
    for (source, expected) in [
        ("a ${polling_state.x b", "IN0401 `${polling_state.x`: a variable without its closing brace"),
        ("a ${polling_state.x, \\\"b", "IN0401 `${polling_state.x`: a variable without its closing brace"),
        ("${}", "IN0401 `}`: a variable without a name"),
        ("${ }x", "IN0401 `}`: a variable without a name"),
        ("a ${data.workflow.${polling_state.k}.x} b", "IN0401 `${`: a variable inside a variable"),
        ("${polling_state.a[x]}", "IN0401 `[x]`: an index that is not a number"),
        ("${polling_state.a[-1]}", "IN0401 `[-1]`: an index that is not a number"),
        ("${polling_state.a[1}", "IN0401 `[1`: an index that is not a number"),
        ("${polling_state.a[99999999999]}", "IN0401 `[99999999999]`: an index that is not a number"),
        ("${polling_state..a}", "IN0401 `.`: a name is missing in a variable's path"),
        ("${polling_state.}", "IN0401 `}`: a name is missing in a variable's path"),
        ("${polling_state:a}", "IN0401 `:`: a single `:` in a variable's path"),
        ("${polling_state a}", "IN0401 `a`: unexpected `a` in a variable"),
        ("${polling_state | upper}", "IN0401 `upper`: unknown filter `upper`"),
        ("${polling_state | default x}", "IN0401 `x`: unexpected `x` in a variable"),
        ("\\u00e9${polling_sate.é}", "IN0402 `polling_sate`: unknown variable `polling_sate`"),
        ("${data.workflows.x}", "IN0402 `workflows`: unknown scope `workflows`"),
        ("${data}", "IN0402 `data`: `data` alone is no variable"),
        ("${data.workflow}", "IN0402 `data.workflow`: `data.workflow` needs the key of a saved value"),
        ("${data.workflow[0].x}", "IN0402 `[0]`: saved data has keys, not indices"),
        ("${webhook}", "IN0402 `webhook`: `webhook` alone is no variable"),
        ("${webhook.uri}", "IN0402 `uri`: `webhook` has no property `uri`"),
        ("${webhook.url.host}", "IN0402 `.host`: `webhook.url` is a text: it has no parts"),
        ("${subdomain[0]}", "IN0402 `[0]`: `subdomain` is a text: it has no parts"),
        ("${resource.name}", "IN0402 `name`: `resource` has no property `name`"),
        ("${custom_data}", "IN0402 `custom_data`: `custom_data` alone is no variable"),
        ("${custom_data.x}", "IN0402 `custom_data.x`: `custom_data.x` needs a property of the field"),
        ("${custom_data.x[0].value}", "IN0402 `[0]`: a form field has properties, not indices"),
        ("${piped_content}", "IN0402 `piped_content`: `piped_content` alone is no variable"),
        ("${piped_content.x}", "IN0402 `x`: `x` is not the number of a command"),
        ("${piped_content.+1}", "IN0402 `+1`: `+1` is not the number of a command"),
        ("${piped_content[1]}", "IN0402 `[1]`: `piped_content` takes its number after a `.`"),
    ] {
        let (template, found) = parse(&format!("\"{source}\""));
        assert_eq!(found, [expected], "{source}");
        assert_eq!(template.variables().count(), 0, "{source}");
    }
}

#[test]
fn plain_mistakes_are_mended() {
    for (source, fixed) in [
        ("a ${polling_state.x b", "a ${polling_state.x} b"),
        ("${polling_sate.x}", "${polling_state.x}"),
        ("${data.workflows.x}", "${data.workflow.x}"),
        ("${webhook}", "${webhook.url}"),
        ("${webhook::uri}", "${webhook::url}"),
        ("${webhook.url.host}", "${webhook.url}"),
        ("${custom_data.x}", "${custom_data.x.value}"),
        ("${piped_content[1].a}", "${piped_content.1.a}"),
        ("${polling_state:a}", "${polling_state.a}"),
        ("${polling_state.a | defualt: 1}", "${polling_state.a | default: 1}"),
    ] {
        let source = format!("\"{source}\"");
        let (_, found) = with_sink(|sink| template::parse(&literal(&source), sink));
        let mended = mended(&source, &found);
        assert_eq!(mended, format!("\"{fixed}\""));
        assert_eq!(parse(&mended).1, Vec::<String>::new());
    }
}

#[test]
fn reading_goes_on_behind_a_mistake() {
    let (template, found) = parse(r#""a ${nope} b ${subdomain} ${x.${y}} ${resource.id""#);
    assert_eq!(found.len(), 3);
    assert_eq!(template.variables().map(|variable| variable.path.to_string()).collect::<Vec<_>>(), ["subdomain"]);
    assert!(matches!(&template.parts[0], Part::Text(text) if text.value == "a  b "));
}
