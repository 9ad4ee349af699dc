//! Commands as expressions: each takes its input by name and gives a `Value`, or leaves the event by `?`.

use super::value::{at, json, method, scope, text, url, variable};
use super::{ident, option};
use crate::ir::{Command, Http, Jq, Json, Op, Respond};
use crate::manifest::model::{Algorithm, Target};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The value of a command whose input is the variable `input`.
pub(super) fn expression(command: &Command, input: &Ident) -> TokenStream {
    let at = at(command.op.name(), command.at);
    match &command.op {
        Op::Pipe(commands) => pipe(commands, input),
        Op::Jq(jq) => {
            let (filter, variables) = filter(jq, &at);
            quote!({ #filter cx.jq(#at, &FILTER, &#input, [#(#variables),*])? })
        }
        Op::Http(http) => request(http, &at),
        Op::Save(to) => {
            let to = scope(*to);
            quote!(cx.save(#at, #to, &#input)?)
        }
        Op::Switch { jq, cases } => switch(jq, cases, &at, input),
        Op::Extract { keys, to_json } => quote!(cx.extract(#at, &#input, &[#(#keys),*], #to_json)?),
        Op::Sha { algorithm: hash, secret } => {
            let hash = algorithm(*hash);
            let secret = option(secret.as_ref().map(|secret| text(secret, &at)));
            quote!(cx.sha(#at, #hash, #secret, &#input)?)
        }
        Op::Respond(answer) => respond(answer, &at),
        Op::Print(message) => {
            let message = text(message, &at);
            quote!({
                cx.print(#at, #message);
                ::core::clone::Clone::clone(&#input)
            })
        }
        Op::Fail(message) => quote!(cx.fail(#at, #message)?),
    }
}

/// Each command's output is `piped_N`; an inner pipe shadows them, as `${piped_content.N}` does.
fn pipe(commands: &[Command], input: &Ident) -> TokenStream {
    let slot = |index: usize| format_ident!("piped_{index}");
    let steps = commands.iter().enumerate().map(|(index, command)| {
        let output = slot(index + 1);
        let value = expression(command, &slot(index));
        quote!(let #output = #value;)
    });
    let last = slot(commands.len());
    quote!({
        let piped_0 = ::core::clone::Clone::clone(&#input);
        #(#steps)*
        #last
    })
}

/// The program's static, called `FILTER`, and its variables.
fn filter(jq: &Jq, at: &TokenStream) -> (TokenStream, Vec<TokenStream>) {
    let (code, count) = (&jq.code, jq.variables.len());
    let variables = jq.variables.iter().map(|one| variable(one, at)).collect();
    (quote!(static FILTER: rt::Jq = rt::Jq::new(#code, #count);), variables)
}

fn switch(jq: &Jq, cases: &[Command], at: &TokenStream, input: &Ident) -> TokenStream {
    let (filter, variables) = filter(jq, at);
    let count = cases.len();
    let arms = cases.iter().enumerate().map(|(index, case)| {
        let value = expression(case, input);
        if index + 1 == count { quote!(_ => #value,) } else { quote!(#index => #value,) }
    });
    quote!({
        #filter
        match cx.switch(#at, &FILTER, &#input, [#(#variables),*], #count)? { #(#arms)* }
    })
}

fn request(http: &Http, at: &TokenStream) -> TokenStream {
    let verb = method(http.method);
    let target = match http.target {
        Target::Connection => quote!(rt::Target::Connection),
        Target::External => quote!(rt::Target::External),
        Target::ActiveCampaign => quote!(rt::Target::ActiveCampaign),
    };
    let url = url(&http.url, at);
    let params = pairs(&http.params, "param", at);
    let headers = pairs(&http.headers, "header", at);
    let body = http.body.as_ref().map(|body| {
        let body = json(body, at);
        quote!(.body(#body))
    });
    quote!({
        let url = #url;
        cx.http(#at, #verb, #target, url) #(#params)* #(#headers)* #body .send().await?
    })
}

/// `.method("name", value)` for each pair.
fn pairs<'a>(
    pairs: &'a [(String, Json)],
    method: &str,
    at: &'a TokenStream,
) -> impl Iterator<Item = TokenStream> + 'a {
    let method = ident(method);
    pairs.iter().map(move |(name, value)| {
        let value = json(value, at);
        quote!(.#method(#name, #value))
    })
}

fn respond(answer: &Respond, at: &TokenStream) -> TokenStream {
    let Respond { process_payload, code, headers, body } = answer;
    let headers = headers.iter().map(|(name, value)| {
        let value = json(value, at);
        quote!((#name, #value))
    });
    let body = option(body.as_ref().map(|body| json(body, at)));
    quote!({
        let respond = rt::Respond {
            process_payload: #process_payload,
            code: #code,
            headers: ::std::vec![#(#headers),*],
            body: #body,
        };
        cx.respond(#at, respond)?
    })
}

fn algorithm(algorithm: Algorithm) -> TokenStream {
    let name = match algorithm {
        Algorithm::Md5 => "Md5",
        Algorithm::Sha1 => "Sha1",
        Algorithm::Sha224 => "Sha224",
        Algorithm::Sha256 => "Sha256",
        Algorithm::Sha384 => "Sha384",
        Algorithm::Sha512 => "Sha512",
        Algorithm::Sha3_224 => "Sha3_224",
        Algorithm::Sha3_256 => "Sha3_256",
        Algorithm::Sha3_384 => "Sha3_384",
        Algorithm::Sha3_512 => "Sha3_512",
        Algorithm::Blake2b => "Blake2b",
        Algorithm::Blake2s => "Blake2s",
    };
    let name = ident(name);
    quote!(rt::Algorithm::#name)
}
