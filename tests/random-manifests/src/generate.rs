//! A manifest of a seed, and all that is expected of it.

use crate::polling::{Polling, polling};
use crate::random::Random;
use crate::webhook::{Webhook, webhook};

/// A manifest that is right.
pub struct Case {
    /// Its name, and its module's.
    pub name: String,
    /// Its text.
    pub manifest: String,
    /// Its polling intake, called `NAME-poll`.
    pub polling: Polling,
    /// Its webhook intake, called `NAME-hook`.
    pub webhook: Option<Webhook>,
    /// Whether it is compiled with samples of what the vendor sends.
    pub is_sampled: bool,
}

impl Case {
    /// The samples that it is compiled with: the path below their folder, and the JSON.
    pub fn samples(&self) -> Vec<(String, String)> {
        if !self.is_sampled {
            return Vec::new();
        }
        let polling = self.polling.samples.iter().map(|sample| ("poll", sample));
        let webhook = self.webhook.iter().flat_map(|webhook| &webhook.samples).map(|sample| ("hook", sample));
        let named = polling.chain(webhook).enumerate();
        named
            .map(|(number, (intake, (of, json)))| {
                (format!("{}_{intake}/{of}.sample-{number}.json", self.name), json.to_string())
            })
            .collect()
    }
}

/// The manifest of this number.
pub fn case(seed: u64, index: usize) -> Case {
    let mut random = Random::new(seed, index as u64);
    let name = format!("m{index}");
    let polling = polling(&mut random, &format!("{name}-poll"));
    let webhook = random.one_in(2).then(|| webhook(&mut random, &format!("{name}-hook")));
    let intakes = [Some(polling.manifest.as_str()), webhook.as_ref().map(|webhook| webhook.manifest.as_str())];
    let intakes = intakes.into_iter().flatten().collect::<Vec<_>>().join(",\n    ");
    let manifest = format!(
        "{{\n  \"$version\": \"2\",\n  \"api\": {{ \"base_url\": \"https://vendor.example\" }},\n  \"data_intake\": [\n    {intakes}\n  ]\n}}\n"
    );
    let is_sampled = random.one_in(2);
    Case { name, manifest, polling, webhook, is_sampled }
}

/// A number from the environment.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
