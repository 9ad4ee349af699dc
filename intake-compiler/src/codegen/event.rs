//! The trait implementations: one method per lifecycle event.

use super::{Target, Tier, command, ident, option, types, value};
use crate::ir::{Command, Event, EventKind, Intake, IntakeKind, Jq, Op, Type, Url};
use crate::template::Scope;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

/// Everything an intake implements.
pub(super) fn intake(intake: &Intake, target: &Target) -> TokenStream {
    let base_url = intake.base_url.as_ref().map(|url| base_url(intake, url));
    let methods = intake.events.iter().map(|event| method(event, &intake.name));
    let body = quote!(#(#methods)*);
    let lifecycle = lifecycle(intake, target, &body);
    let checked = target.record(&intake.module).filter(|record| record.is_checked);
    let check = checked.map(|record| check_record(intake, &record.path));
    quote!(#base_url #lifecycle #check)
}

/// Compares the user's record type with what is known of records, where the user's crate is compiled. What is wrong is
/// shown where the type is named.
fn check_record(intake: &Intake, record: &TokenStream) -> TokenStream {
    let made = if let Type::Struct(structure) = &intake.record { structure.at } else { intake.at };
    let (line, column) = (Literal::u32_unsuffixed(made.line), Literal::u32_unsuffixed(made.column));
    let at = record.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
    let given = types::described(&intake.record);
    let fail = quote_spanned!(at=> rt::panic!("{}", MISTAKES.as_str()));
    quote! {
        const _: () = {
            const MISTAKES: rt::Message =
                rt::mistakes(APP.file, (#line, #column), &#given, &<#record as rt::Takes>::TAKES);
            if !MISTAKES.is_empty() {
                #fail
            }
        };
    }
}

/// The intake's traits around `body`, its events.
pub(super) fn lifecycle(intake: &Intake, target: &Target, body: &TokenStream) -> TokenStream {
    let name = ident(&intake.type_name);
    let (intake_name, line) = (&intake.name, Literal::u32_unsuffixed(intake.at.line));
    let module = ident(&intake.module);
    let record = target.record(&intake.module).map_or_else(|| quote!(#module::Record), |record| record.path.clone());
    let types = known_types(intake);
    let kind = match intake.kind {
        IntakeKind::Polling { frequency } => polling(frequency, &module),
        IntakeKind::Webhook { scope } => webhook(intake, scope),
    };
    let trait_name = match intake.kind {
        IntakeKind::Polling { .. } => quote!(Polling),
        IntakeKind::Webhook { .. } => quote!(Webhook),
    };
    quote! {
        impl rt::Intake for #name {
            const META: &'static rt::IntakeMeta = {
                static META: rt::IntakeMeta = rt::IntakeMeta::new(&APP, #intake_name, #line)#types;
                &META
            };
        }

        impl rt::#trait_name for #name {
            type Record = #record;
            #kind
            #body
        }
    }
}

/// What the runtime is told of records and state, if anything is known.
fn known_types(intake: &Intake) -> Option<TokenStream> {
    let known = [&intake.record, &intake.state];
    known.iter().any(|known| **known != Type::Json).then(|| {
        let [record, state] = known.map(types::described);
        quote!(.with(#record, #state))
    })
}

fn polling(frequency: Option<u32>, module: &Ident) -> TokenStream {
    let frequency = option(frequency.map(|seconds| {
        let seconds = Literal::u32_unsuffixed(seconds);
        quote!(#seconds)
    }));
    quote! {
        type State = #module::PollingState;
        const FREQUENCY: ::core::option::Option<rt::u32> = #frequency;
    }
}

fn webhook(intake: &Intake, scope: Scope) -> TokenStream {
    let scope = value::scope(scope);
    let has = |kind| intake.events.iter().any(|event| event.kind == kind);
    let (update, delete) = (has(EventKind::Update), has(EventKind::Delete));
    let (verification, resource_id) = (has(EventKind::Verification), has(EventKind::ResourceId));
    let account_id = has(EventKind::AccountId);
    quote! {
        const SCOPE: rt::Scope = #scope;
        const HAS_UPDATE: rt::bool = #update;
        const HAS_DELETE: rt::bool = #delete;
        const HAS_VERIFICATION: rt::bool = #verification;
        const HAS_RESOURCE_ID: rt::bool = #resource_id;
        const HAS_ACCOUNT_ID: rt::bool = #account_id;
    }
}

/// One event as a method of its trait.
fn method(event: &Event, intake: &str) -> TokenStream {
    let name = ident(event.kind.as_str());
    let doc = format!(" Event `{}` of intake `{intake}`, line {}.", event.kind.as_str(), event.at.line);
    let mut tiers = Vec::new();
    command_tiers(&event.command, &mut tiers);
    let body = command::expression(&event.command, &ident("input"));
    let saved = saved(event);
    if event.kind.has_input() {
        return quote! {
            #[doc = #doc]
            #(#[doc = #tiers])*
            async fn #name(&self, cx: &mut rt::Event<'_>, input: rt::Value) -> rt::EventResult {
                #saved
                ::core::result::Result::Ok(#body)
            }
        };
    }
    quote! {
        #[doc = #doc]
        #(#[doc = #tiers])*
        async fn #name(&self, cx: &mut rt::Event<'_>) -> rt::EventResult {
            #saved
            let input = rt::Value::NULL;
            ::core::result::Result::Ok(#body)
        }
    }
}

/// Compares the stored data that an event reads with what is known of it, before anything of the event runs.
fn saved(event: &Event) -> Option<TokenStream> {
    let at = value::at(event.command.op.name(), event.command.at);
    let scopes = event.saved.iter().map(|(scope, members)| {
        let (scope, fields) = (value::scope(*scope), members.iter().map(types::field));
        quote!(cx.fit_saved(AT, #scope, &[#(#fields),*])?;)
    });
    (!event.saved.is_empty()).then(|| quote!({ #at #(#scopes)* }))
}

/// A line for each jq program of a command: how it is run, and why not better; and one for each way it differs from jq.
fn command_tiers(command: &Command, lines: &mut Vec<String>) {
    let mut program = |jq: &Jq| {
        if lines.is_empty() {
            lines.push(String::new());
        }
        let tier = Tier::of(&jq.native, jq.document);
        let (letter, how) = tier.described();
        let why = tier.reason().map(|why| format!(": {}", why.reason)).unwrap_or_default();
        lines.push(format!(" - `{}`, line {}: tier {letter}, {how}{why}", command.op.name(), command.at.line));
        lines.extend(jq.differences.iter().map(|difference| format!("   - not as in jq: {difference}")));
    };
    match &command.op {
        Op::Jq(jq) => program(jq),
        Op::Switch { jq, cases } => {
            program(jq);
            cases.iter().for_each(|case| command_tiers(case, lines));
        }
        Op::Pipe(commands) => commands.iter().for_each(|command| command_tiers(command, lines)),
        _ => {}
    }
}

/// `base_url`: where the intake's paths are joined to.
fn base_url(intake: &Intake, url: &Url) -> TokenStream {
    let name = ident(&intake.type_name);
    let at = value::at("api.base_url", intake.at);
    let url = value::url(url);
    quote! {
        impl #name {
            fn __intake_base_url(&self, cx: &rt::Event<'_>) -> ::core::result::Result<rt::FinishedUrl, rt::EventError> {
                #at
                ::core::result::Result::Ok(#url)
            }
        }
    }
}
