//! `api`.

use super::fields::{Object, integer};
use super::value::url;
use crate::diagnostic::Sink;
use crate::json::Member;
use crate::manifest::model::{Api, RateLimit};

/// Decodes `api`. Its `pagination` is for workflows: polling keeps its own place, so nothing reads it here.
pub(super) fn api(member: &Member, sink: &mut Sink) -> Option<Api> {
    let object = Object::of(&member.value, "`api`", Some(member.key.span), sink)?;
    object.refuse_unknown(&["base_url", "rate_limit", "pagination"], sink);
    Some(Api {
        span: member.value.span,
        base_url: object.get("base_url").and_then(|node| url(node, "`base_url`", sink)),
        rate_limits: object.member("rate_limit").map(|member| rate_limits(member, sink)).unwrap_or_default(),
    })
}

fn rate_limits(member: &Member, sink: &mut Sink) -> Vec<RateLimit> {
    let mut limits = Vec::new();
    let Some(object) = Object::of(&member.value, "`rate_limit`", Some(member.key.span), sink) else { return limits };
    object.refuse_unknown(&["user", "app"], sink);
    for (key, per_connection) in [("user", true), ("app", false)] {
        let Some(member) = object.member(key) else { continue };
        let Some(level) = Object::of(&member.value, "a rate limit", Some(member.key.span), sink) else { continue };
        let reads = [("read", true), ("write", false)].map(|(key, reads)| (level.member(key), reads));
        if reads.iter().all(|(member, _)| member.is_none()) {
            limits.extend(quota(&level, per_connection, None, sink));
            continue;
        }
        level.refuse_unknown(&["read", "write"], sink);
        for (member, reads) in reads {
            let level =
                member.and_then(|member| Object::of(&member.value, "a rate limit", Some(member.key.span), sink));
            limits.extend(level.and_then(|level| quota(&level, per_connection, Some(reads), sink)));
        }
    }
    limits
}

fn quota(object: &Object<'_>, per_connection: bool, reads: Option<bool>, sink: &mut Sink) -> Option<RateLimit> {
    object.refuse_unknown(&["requests", "period"], sink);
    let mut number = |key: &str, what: &str| {
        let member = object.require(key, &format!("add `\"{key}\"`, {what}"), sink)?;
        integer(&member.value, &format!("`{key}`"), 1, u32::MAX, sink)
    };
    let requests = number("requests", "how many requests are allowed in a period");
    let period = number("period", "the length of the period in seconds");
    Some(RateLimit { per_connection, reads, requests: requests?.value, period: period?.value })
}
