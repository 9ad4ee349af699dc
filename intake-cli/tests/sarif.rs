//! `intake check --format sarif`

mod common;

use common::{Folder, intake, intake_in, text};
use serde_json::Value;

/// The log, which is valid by the official schema.
fn log(output: &std::process::Output) -> Value {
    assert_eq!(text(&output.stderr), "");
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    Schema::official().check(&log);
    log
}

/// The schema of OASIS, without its descriptions.
struct Schema(Value);

impl Schema {
    fn official() -> Self {
        Self(serde_json::from_str(include_str!("sarif-schema-2.1.0.json")).unwrap())
    }

    #[track_caller]
    fn check(&self, log: &Value) {
        let mut wrong = Vec::new();
        self.value(&self.0, log, "", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// Checks by the keywords that this schema has; one that is not known here fails.
    fn value(&self, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().unwrap() {
            let holds = match keyword.as_str() {
                "$schema" | "$id" | "definitions" | "format" | "properties" | "pattern" => true,
                "type" => match rule.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    "boolean" => value.is_boolean(),
                    other => panic!("the type {other}"),
                },
                "enum" => rule.as_array().unwrap().contains(value),
                "minimum" => value.as_f64() >= rule.as_f64(),
                "maximum" => value.as_f64() <= rule.as_f64(),
                "minItems" => value.as_array().unwrap().len() as u64 >= rule.as_u64().unwrap(),
                "uniqueItems" => {
                    let items = value.as_array().unwrap();
                    items.iter().enumerate().all(|(index, item)| !items[..index].contains(item))
                }
                "required" => rule.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some()),
                "$ref" => {
                    let target = self.0.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
                    self.value(target, value, at, wrong);
                    true
                }
                "items" => {
                    let items = value.as_array().unwrap().iter().enumerate();
                    items.for_each(|(index, item)| self.value(rule, item, &format!("{at}/{index}"), wrong));
                    true
                }
                "additionalProperties" => {
                    self.members(schema, rule, value, at, wrong);
                    true
                }
                "anyOf" | "oneOf" => {
                    let fits = |rule: &Value| {
                        let mut wrong = Vec::new();
                        self.value(rule, value, at, &mut wrong);
                        wrong.is_empty()
                    };
                    let count = rule.as_array().unwrap().iter().filter(|rule| fits(rule)).count();
                    count == 1 || (count > 1 && keyword == "anyOf")
                }
                other => panic!("the keyword {other}"),
            };
            if !holds {
                wrong.push(format!("{at}: {keyword} {rule}"));
            }
        }
    }

    fn members(&self, schema: &Value, others: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
        for (key, member) in value.as_object().unwrap() {
            match (schema["properties"].get(key), others) {
                (Some(rule), _) => self.value(rule, member, &format!("{at}/{key}"), wrong),
                (None, Value::Bool(true)) => {}
                (None, Value::Bool(false)) => wrong.push(format!("{at}/{key} is unknown")),
                (None, rule) => self.value(rule, member, &format!("{at}/{key}"), wrong),
            }
        }
    }
}

#[test]
fn the_schema_refuses_what_is_no_log() {
    let mut wrong = Vec::new();
    let log = serde_json::json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": {} }, "more": 1 }] });
    let schema = Schema::official();
    schema.value(&schema.0, &log, "", &mut wrong);
    assert_eq!(wrong, ["/runs/0/more is unknown", "/runs/0/tool/driver: required [\"name\"]"]);
}

#[test]
fn a_log_has_rules_places_and_fixes() {
    let manifest = "[\n  {\n    \"name\": \"é😀\", \"typ\": \"polling\", \"request\": { \"!jq\": \"{results: [], iterate: false\" }\n  },\n]\n";
    let folder = Folder::new(&[("my manifest.json", manifest), ("good.json", "[]")]);
    let output = intake_in(folder.path(), &["check", "--format", "sarif", "my manifest.json", "good.json"], "");
    assert_eq!(output.status.code(), Some(1));
    let log = log(&output);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(rule["defaultConfiguration"]["level"], result["level"]);
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with(&format!("# {}", rule["id"].as_str().unwrap())));
    }
    let unknown = run["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == "IN0202").unwrap();
    // `é😀` is three UTF-16 code units.
    let region = &unknown["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"], &region["endColumn"]),
        (&3.into(), &20.into(), &25.into())
    );
    insta::assert_snapshot!(serde_json::to_string_pretty(&run["results"]).unwrap());
}

#[test]
fn a_log_of_nothing_is_a_log() {
    let output = intake(&["check", "--format", "sarif", "-"], "[]");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(log(&output)["runs"][0]["results"], Value::Array(Vec::new()));
}

#[test]
fn every_example_gives_a_log() {
    let names = std::fs::read_dir(common::root().join("tests/compile_fail")).unwrap();
    let paths = names.map(|entry| format!("tests/compile_fail/{}", entry.unwrap().file_name().to_str().unwrap()));
    let paths: Vec<String> = paths.filter(|path| path.ends_with(".json")).collect();
    let arguments: Vec<&str> =
        ["check", "--format", "sarif"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let log = log(&intake(&arguments, ""));
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.len() >= paths.len(), "{} rules for {} manifests", rules.len(), paths.len());
}
