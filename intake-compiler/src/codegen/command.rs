//! Commands as expressions: each takes its input by name and gives a `Value`, or leaves the event by `?`.

use super::value::{at, json, method, scope, text, url, variable};
use super::{ident, option, projection};
use crate::ir::{Command, Document, Http, Jq, Json, Op, Respond};
use crate::manifest::model::{Algorithm, Target};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// The value of a command whose input is the variable `input`.
pub(super) fn expression(command: &Command, input: &Ident) -> TokenStream {
    let body = match &command.op {
        Op::Pipe(commands) => return pipe(commands, input),
        Op::Jq(jq) => {
            let (filter, variables) = filter(jq);
            quote!(#filter cx.jq(AT, &FILTER, &#input, [#(#variables),*])?)
        }
        Op::Http(http) => {
            let request = request(http);
            quote!(#request .send().await?)
        }
        Op::Save(to) => {
            let to = scope(*to);
            quote!(cx.save(AT, #to, &#input)?)
        }
        Op::Switch { jq, cases } => switch(jq, cases, input),
        Op::Extract { keys, to_json } => quote!(cx.extract(AT, &#input, &[#(#keys),*], #to_json)?),
        Op::Sha { algorithm: hash, secret } => {
            let hash = algorithm(*hash);
            let secret = option(secret.as_ref().map(text));
            quote!(cx.sha(AT, #hash, #secret, &#input)?)
        }
        Op::Respond(answer) => respond(answer),
        Op::Print(message) => {
            let message = text(message);
            quote!(cx.print(AT, #message); ::core::clone::Clone::clone(&#input))
        }
        Op::Fail(message) => quote!(cx.fail(AT, #message)?),
    };
    located(command, &body)
}

/// Code in which `AT` is the command's place.
fn located(command: &Command, body: &TokenStream) -> TokenStream {
    let at = at(command.op.name(), command.at);
    quote!({ #at #body })
}

/// Each command's output is `piped_N`; an inner pipe shadows them, as `${piped_content.N}` does.
fn pipe(commands: &[Command], input: &Ident) -> TokenStream {
    let slot = |index: usize| format_ident!("piped_{index}");
    let over_responses: Vec<_> = commands.iter().map(over_response).collect();
    let steps = commands.iter().enumerate().map(|(index, command)| {
        let (name, output) = (slot(index), slot(index + 1));
        let unread = over_responses.get(index + 1).is_some_and(Option::is_some);
        let value = match (&command.op, &over_responses[index]) {
            (Op::Jq(jq), Some(run)) => located(command, &projected(jq, run, &name)),
            (Op::Http(http), _) if unread => {
                let request = request(http);
                located(command, &quote!(#request .fetch().await?))
            }
            _ => expression(command, &name),
        };
        quote!(let #output = #value;)
    });
    let last = slot(commands.len());
    quote!({
        let piped_0 = ::core::clone::Clone::clone(&#input);
        #(#steps)*
        #last
    })
}

/// The code over a response's bytes of a program that can do without a tree of it.
fn over_response(command: &Command) -> Option<TokenStream> {
    match &command.op {
        Op::Jq(jq) => over_bytes(jq, Document::Response),
        _ => None,
    }
}

fn over_bytes(jq: &Jq, document: Document) -> Option<TokenStream> {
    let native = jq.native.as_ref().ok().filter(|_| jq.document == Some(document))?;
    projection::function(native, document).ok()
}

/// A program over the response that the variable holds.
fn projected(jq: &Jq, run: &TokenStream, response: &Ident) -> TokenStream {
    let (program, variables) = (program(jq), variables(jq));
    quote! {
        static FILTER: rt::Jq = #program.over_response(#run);
        cx.jq_of(AT, &FILTER, #response, [#(#variables),*])?
    }
}

/// The program's static, called `FILTER`, and its variables.
fn filter(jq: &Jq) -> (TokenStream, Vec<TokenStream>) {
    let program = program(jq);
    let over_payload = over_bytes(jq, Document::Payload).map(|run| quote!(.over_payload(#run)));
    (quote!(static FILTER: rt::Jq = #program #over_payload;), variables(jq))
}

fn program(jq: &Jq) -> TokenStream {
    let (code, count) = (&jq.code, Literal::usize_unsuffixed(jq.variables.len()));
    match &jq.native {
        Ok(filter) => {
            let native = super::native(filter);
            quote!(rt::Jq::native(#code, #count, #native))
        }
        Err(_) => quote!(rt::Jq::new(#code, #count)),
    }
}

fn variables(jq: &Jq) -> Vec<TokenStream> {
    jq.variables.iter().map(variable).collect()
}

fn switch(jq: &Jq, cases: &[Command], input: &Ident) -> TokenStream {
    let (filter, variables) = filter(jq);
    let count = Literal::usize_unsuffixed(cases.len());
    let arms = cases.iter().enumerate().map(|(index, case)| {
        let value = expression(case, input);
        let last = index + 1 == cases.len();
        let index = Literal::usize_unsuffixed(index);
        if last { quote!(_ => #value,) } else { quote!(#index => #value,) }
    });
    quote! {
        #filter
        match cx.switch(AT, &FILTER, &#input, [#(#variables),*], #count)? { #(#arms)* }
    }
}

fn request(http: &Http) -> TokenStream {
    let verb = method(http.method);
    let target = match http.target {
        Target::Connection => quote!(rt::Target::Connection),
        Target::External => quote!(rt::Target::External),
        Target::ActiveCampaign => quote!(rt::Target::ActiveCampaign),
    };
    let url = url(&http.url);
    let params = pairs(&http.params, "param");
    let headers = pairs(&http.headers, "header");
    let body = http.body.as_ref().map(|body| {
        let body = json(body);
        quote!(.body(#body))
    });
    quote! {
        let url = #url;
        cx.http(AT, #verb, #target, url) #(#params)* #(#headers)* #body
    }
}

/// `.method("name", value)` for each pair.
fn pairs<'a>(pairs: &'a [(String, Json)], method: &str) -> impl Iterator<Item = TokenStream> + 'a {
    let method = ident(method);
    pairs.iter().map(move |(name, value)| {
        let value = json(value);
        quote!(.#method(#name, #value))
    })
}

fn respond(answer: &Respond) -> TokenStream {
    let Respond { process_payload, code, headers, body } = answer;
    let headers = headers.iter().map(|(name, value)| {
        let value = json(value);
        quote!((#name, #value))
    });
    let body = option(body.as_ref().map(json));
    let code = Literal::u16_unsuffixed(*code);
    quote! {
        let respond = rt::Respond {
            process_payload: #process_payload,
            code: #code,
            headers: ::std::vec![#(#headers),*],
            body: #body,
        };
        cx.respond(AT, respond)?
    }
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
