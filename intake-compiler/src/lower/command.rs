//! Commands.

use super::Lower;
use crate::ir::{Command, Http, Jq, Json, Op, Respond, Url, UrlBase};
use crate::jq::Program;
use crate::manifest::model::{self, Address, CommandKind, Target};
use crate::source::Spanned;
use crate::template::Part;
use crate::url_template::UrlKind;

impl Lower<'_> {
    pub(super) fn command(&self, command: &model::Command) -> Option<Command> {
        let op = match &command.kind {
            CommandKind::Pipe(commands) => Op::Pipe(self.commands(commands)?),
            CommandKind::Jq(program) => Op::Jq(self.jq(program.as_ref()?)),
            CommandKind::Http(http) => Op::Http(Box::new(self.http(http)?)),
            CommandKind::Save(scope) => Op::Save(scope.as_ref()?.value),
            CommandKind::Switch { jq, cases } => Op::Switch { jq: self.jq(jq.as_ref()?), cases: self.commands(cases)? },
            CommandKind::Extract { item_keys, to_json } => {
                Op::Extract { keys: item_keys.iter().map(|key| key.value.clone()).collect(), to_json: *to_json }
            }
            CommandKind::Sha { algorithm, secret } => Op::Sha {
                algorithm: algorithm.as_ref()?.value,
                secret: secret.as_ref().map(|secret| self.text(secret)),
            },
            CommandKind::Respond(respond) => Op::Respond(Box::new(self.respond(respond))),
            CommandKind::Print(message) => Op::Print(self.text(message.as_ref()?)),
            CommandKind::Error(message) => Op::Fail(message.as_ref()?.value.clone()),
            CommandKind::Invalid => return None,
        };
        Some(Command { at: self.source.position(command.key.start), op })
    }

    fn commands(&self, commands: &[model::Command]) -> Option<Vec<Command>> {
        commands.iter().map(|command| self.command(command)).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
    }

    fn jq(&self, program: &Program) -> Jq {
        let variables = program.variables.iter().map(|variable| self.variable(variable)).collect();
        let mut differences: Vec<_> = program.differences.iter().map(|difference| difference.what).collect();
        differences.dedup();
        let document = self.unread.get(&program.span).copied();
        Jq { code: program.code.clone(), variables, differences, native: program.native.clone(), document }
    }

    fn http(&self, http: &model::Http) -> Option<Http> {
        let address = http.address.as_ref()?;
        let (base, kind) = base(address, http.target, self.base.is_some());
        Some(Http {
            method: http.method,
            target: http.target,
            url: Url { base, parts: self.url_parts(address.template(), kind)? },
            params: self.pairs(&http.params),
            headers: self.pairs(&http.headers),
            body: http.body.as_ref().map(|body| self.json(body)),
        })
    }

    fn respond(&self, respond: &model::Respond) -> Respond {
        Respond {
            process_payload: respond.process_payload,
            code: respond.code,
            headers: self.pairs(&respond.headers),
            body: match &respond.body {
                Some(body) => Some(self.json(body)),
                // The default is `{}`, where the status allows a body at all.
                None => (!matches!(respond.code, 204 | 205 | 304)).then(|| Json::Object(Vec::new())),
            },
        }
    }

    fn pairs(&self, pairs: &[(Spanned<String>, model::Value)]) -> Vec<(String, Json)> {
        pairs.iter().map(|(name, value)| (name.value.clone(), self.json(value))).collect()
    }
}

/// What an address is joined to, and how it is read; `has_base` says whether there is an `api.base_url`.
pub(super) fn base(address: &Address, target: Target, has_base: bool) -> (UrlBase, UrlKind) {
    let starts_with_variable = matches!(address.template().parts.first(), Some(Part::Variable(_)));
    match (address, target) {
        (_, Target::ActiveCampaign) => (UrlBase::Platform, UrlKind::Path),
        (Address::Path(_), _) => (UrlBase::Api, UrlKind::Path),
        // A whole URL that comes from a value carries credentials to the manifest's own server only.
        (Address::Url(_), Target::Connection) if has_base && starts_with_variable => (UrlBase::Api, UrlKind::Url),
        (Address::Url(_), _) => (UrlBase::Absolute, UrlKind::Url),
    }
}
