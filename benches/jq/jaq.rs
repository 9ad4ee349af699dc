//! jaq, from bytes to bytes.

use intake::__private::Value;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Map, Val, read, write};
use jq_test::Filter;

type Data = data::JustLut<Val>;

/// A filter, compiled beforehand.
pub struct Jaq {
    filter: jaq_core::Filter<Data>,
    variables: Vec<Val>,
}

impl Jaq {
    pub fn new(filter: &Filter, variables: &[Value]) -> Self {
        let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let names: Vec<_> = (0..filter.variables).map(|index| format!("$__intake_{index}")).collect();
        let arena = Arena::default();
        let modules = Loader::new(defs).load(&arena, File { code: filter.program, path: () }).expect("it parses");
        let compiler = Compiler::default().with_funs(funs).with_global_vars(names.iter().map(String::as_str));
        let Ok(compiled) = compiler.compile(modules) else { panic!("{} does not compile", filter.text) };
        let variables = variables.iter().map(|value| read::parse_single(&value.to_json()).expect("JSON")).collect();
        Self { filter: compiled, variables }
    }

    /// `wrapped` if the filter reads the key `body` that `!http` adds.
    pub fn run(&self, page: &[u8], wrapped: bool, out: &mut Vec<u8>) {
        let body = read::parse_single(page).expect("JSON");
        let input = if wrapped { wrap(body) } else { body };
        let context = Ctx::<Data>::new(&self.filter.lut, Vars::new(self.variables.iter().cloned()));
        let output = self.filter.id.run((context, input)).map(unwrap_valr).next();
        let Some(Ok(output)) = output else { panic!("no output") };
        write::write(out, &write::Pp::default(), 0, &output).expect("a `Vec` takes every write");
    }
}

fn wrap(body: Val) -> Val {
    let key = Val::from("body".to_owned());
    match &body {
        Val::Obj(entries) => {
            let mut entries = (**entries).clone();
            entries.insert(key, body.clone());
            Val::obj(entries)
        }
        _ => Val::obj([(key, body)].into_iter().collect::<Map>()),
    }
}
