# What the benchmark runs.
{results: .data, polling_state: {cursor: .next_cursor, n: 5}, iterate: .has_more}
{results: [.data[] | select(.status=="active") | {id, email, name: (.first + " " + .last), tags: (.tags|join(","))}], polling_state: {cursor: .next_cursor}, iterate: (.has_more and (.data|length>0))}
{results: [.body[] | select(.pull_request == null) | {id, number, title, author: .user.login, labels: [.labels[].name], updated_at}], iterate: (.body | length == 100), polling_state: {since: ${polling_state.since}, page: (${polling_state.page} + 1)}}
{results: [.data[] | {id, type, created, object_id: .data.object.id, amount: (.data.object.amount // 0), currency: (.data.object.currency // "usd")}], iterate: .has_more, polling_state: {starting_after: .data[-1].id, created_gte: ${polling_state.created_gte}, newest: (if .data[0].created != null and .data[0].created > ${polling_state.newest} then .data[0].created else ${polling_state.newest} end)}}
{hook_id: .id}
{webhook_id: .id}
.body | {webhook_id}
{value_to_encrypt: .body.payload.plainToken}
# Paths and what is printed of them.
.body
.body.data
.data.a.b
.data[0]
.data[-1].id
{first: .data[0], second: .data[1].id, last: .data[-1]}
{all: .data, ids: [.data[].id], n: (.data | length)}
[.body[0].id, .body[2]]
{"a key": .a, "\"quoted\"\n": .["b"], c: .c}
[.a, .b, .a]
[.data[]]
[.data[] | .id, .a]
[.data[].a.b]
[.a, .data[], .b]
[.data[] | [.items[] | {id, a: [.b[]]}]]
[.a[] | {x: .id}, {y: .b}]
{a: [.a[].id], b: [.b[].id], again: [.a[].b]}
# Conditions and comparisons.
[.data[] | select(.id > 2)]
[.data[] | select(.a == .b)]
[.data[] | select(.a != null and .b != "x" or .id <= 1.5)]
[.data[] | select(.a >= .b) | .id]
[.data[] | select(.name | startswith("a")) | .name]
[.data[] | select(.name | endswith("x")) | .name]
[.data[] | select(.id | not)]
[.data[] | select(.a | type == "object") | .a]
[.data[] | select(.a | isstring) | {a}]
[.data[] | select((.a | isboolean) or (.a | isnumber) or (.b | isarray) or (.a | isobject)) | .a]
if .a then .b else .c end
if .a == 1 then "one" elif .a < 0 then {b: .b} else [.c] end
[.data[] | if .a then {a} else .b end]
[.data[] | if .a then .a, .b else empty end]
# Arithmetic.
[.a + 1, .a - 1, .a * 2, .a / 2, -1, 1.5, 1e3]
{sum: (.a + .b), difference: (.a - .b), product: (.a * .b), quotient: (.a / .b)}
[.a % 7]
[.data[] | .id * 1.5 + 2]
[.data[] | {n: (.a | length), m: (.id + 1)}]
-(.a)
# Strings.
"\(.a) and \(.b)"
def @text: if . then "yes\n" else "no" end; @text "\(.a)!"
{s: "x\(.a)y", t: ("pre-" + .b + "-post"), u: (.a + .b)}
[.data[] | "\(.id): \(.name // "nobody")"]
[.data[] | {name: (.first + " " + .last)}]
[.data[] | .tags | join(", ")]
{j: ([.data[].name] | join("/"))}
[.data[] | {tags: (.tags | map(.name) | join("\n"))}]
.a | tostring
{a: (.a | @text), b: @text "x\(.b)y"}
# Alternatives and variables.
{a: (.a // "default"), b: (.b // .c // 0), c: (.c // {x: .a})}
[.data[] | {id, who: ${polling_state.who}, more: ${polling_state.more}}]
[.data[] | select(.id > ${polling_state.since}) | .id]
.data as $d | [$d[] | .id]
[.data[] | .id as $id | .items[] | {id: $id, item: .id}]
[.data[] as $d | {x: $d.id, y: .a}]
[.data[] as $d | [.data[]]]
[.data[] as $d | {x: $d.id, all: [.a[].id], again: [.a[] | .b]}]
# What is not.
!. as {data: $d} | 1
!{n: ([.data[] | .id] | length)}
!.
![.data[].a?]
![.data[] | .name | ascii_downcase]
!.data | map_values(.id)
!{a: .a, a: .b}
!.data[]
!first(.data[])
!{(.a): 1}
!{n: 007}
!{j: (.a | join(.b))}
!{a: (.b + 1)} | 1
![${polling_state.list}[]]
!.data[-2]
!{a: .b} | .a
