mod github {
    intake::include_intake!("../manifests/github-hooks.json");
}

fn main() {
    let _ = github::Issues {
        custom_data: github::issues::CustomData {},
    };
}
