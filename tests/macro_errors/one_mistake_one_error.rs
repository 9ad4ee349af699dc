// The manifest has one mistake, and the program uses all of it: there is one error.
mod manifest {
    intake::include_intake!("one_mistake.json", records(customers = unchecked super::Customer));
}

pub struct Customer;

impl<'de> intake::__private::serde::Deserialize<'de> for Customer {
    fn deserialize<D: intake::__private::serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

async fn sink(_: intake::Batch<Customer>) -> Result<(), std::io::Error> {
    Ok(())
}

async fn push(_: intake::Batch<intake::Value>) -> Result<(), std::io::Error> {
    Ok(())
}

async fn run(runtime: intake::Runtime, workflow: intake::Workflow) -> Result<(), Box<dyn std::error::Error>> {
    let list = manifest::customers::List { value: "all".to_owned() };
    let customers = manifest::Customers { custom_data: manifest::customers::CustomData { list } };
    runtime.poll(&workflow, &customers, sink).await?;
    runtime.register(&workflow, &manifest::Push::default()).await?;
    let _ = runtime.receiver().webhook::<manifest::Push, _>(push).start()?;
    Ok(())
}

fn main() {
    let _ = run;
}
