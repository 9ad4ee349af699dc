//! `api`.

use super::fields::Object;
use crate::diagnostic::Sink;
use crate::json::Member;
use crate::manifest::grammar::{API, LEVELS, QUOTA, RATE_LIMIT};
use crate::manifest::model::{Api, RateLimit};

/// Decodes `api`. Its `pagination` is for workflows: polling keeps its own place, so nothing reads it here.
pub(super) fn api(member: &Member, sink: &mut Sink) -> Option<Api> {
    let object = Object::read(&member.value, &API, Some(member.key.span), sink)?;
    Some(Api {
        span: member.value.span,
        base_url: object.template("base_url", sink),
        rate_limits: object.member("rate_limit").map(|member| rate_limits(member, sink)).unwrap_or_default(),
    })
}

fn rate_limits(member: &Member, sink: &mut Sink) -> Vec<RateLimit> {
    let mut limits = Vec::new();
    let Some(object) = Object::read(&member.value, &RATE_LIMIT, Some(member.key.span), sink) else { return limits };
    for (key, per_connection) in [("user", true), ("app", false)] {
        let Some(member) = object.member(key) else { continue };
        let Some(mut level) = Object::of(&member.value, QUOTA.what, Some(member.key.span), sink) else { continue };
        let reads = [("read", true), ("write", false)].map(|(key, reads)| (level.member(key), reads));
        if reads.iter().all(|(member, _)| member.is_none()) {
            level.follow(&QUOTA, sink);
            limits.extend(quota(&level, per_connection, None, sink));
            continue;
        }
        level.follow(&LEVELS, sink);
        for (member, reads) in reads {
            let level = member.and_then(|member| Object::read(&member.value, &QUOTA, Some(member.key.span), sink));
            limits.extend(level.and_then(|level| quota(&level, per_connection, Some(reads), sink)));
        }
    }
    limits
}

fn quota(object: &Object<'_>, per_connection: bool, reads: Option<bool>, sink: &mut Sink) -> Option<RateLimit> {
    let (requests, period) = (object.integer("requests", sink), object.integer("period", sink));
    Some(RateLimit { per_connection, reads, requests: requests?.value, period: period?.value })
}
