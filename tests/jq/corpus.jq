# Paths
.
.a
.a.b
.a.b.c?
.["a"]
."a b"
.[0]
.[-1]
.[1:]
.[:2]
.[1:3]
.[-2:]
.a[0].b
.a[]
.a[].b
.[]?
.[]
.a[]?.b
.[.a]
.[.a, .b]
.[.a:.b]
.a[.b]?
.a?
.a.b?.c
(.a, .b).c
..
[..]
[.. | numbers]
.a[(0, 1):(2, 3)]
.[("a", "b")]?
# Composition
.a | .b
.a, .b
.a, (.b, .c)
(.a, .b) | (.c, .d)
empty
.a | empty
1, 2, empty, 3
# Constants
null
true
false
0
-1
1.0
1.50
1e3
100000000000000000000
"text"
"a\tb\"c\\d\u00e9"
# Construction
[]
[.a]
[.[]]
[.a, .b]
[.[] | .a]
{}
{a: 1}
{a, b}
{a: .b, b: .a}
{a: (.a, .b), b: .c}
{"a b": 1, "c": .d}
{(.a): .b}
{(.a, .b): 1}
{(.a | tostring): .b}
{"\(.a)": 1}
{"\(.a)"}
{@base64 "x\(.a)": 2}
. as $x | {$x, y: 2}
{a: 1, a: 2, b: 3}
{a: {b: [.c, {d: .d}]}}
{a: .[]?, b: (1, 2)}
{if: 1, then: 2}
# Text
"\(.a)"
"x\(.a)y\(.b)z"
"\(.a, .b) \(.c, .d)"
"\(1 + 2) and \("nested \(.a)")"
@json "v=\(.a)"
@html "<b>\(.a)</b>"
@uri "?q=\(.a)&r=\(.b)"
@base64 "\(.a)"
@sh "echo \(.a)"
@text "\(.a)"
@json
@html
@uri
@base64
@text
.[] | @base64?
# Arithmetic
.a + .b
.a - .b
.a * .b
.a / .b
.a % .b
-.a
-(.a, .b)
1 + 2 * 3
.a + 1
.a - 1
1 / 3
6 / 2
1 / 0
5 % 3
(1, 2) * (3, 4)
(.a, .b) + (.c, .d)
.a + null
{} + {a: 1}
[1] + [2]
"a" + "b"
"ab" * 3
"ab" * 0
"a,b" / ","
[1, 2, 3, 1] - [1]
{a: {b: 1}} * {a: {c: 2}}
9223372036854775807 + 1
-9223372036854775808 - 1
4611686018427387904 * 2
1.5 + .a
.a * 2.5
.a + .b + .c
# Comparison
.a == .b
.a != .b
.a < .b
.a <= .b
.a > .b
.a >= .b
. == null
1 == 1.0
(1, 2) < (2, 1)
[.[]? | . > 1]
{} < []
nan < nan
[nan] | sort
"a" < "b"
# Logic
.a and .b
.a or .b
.a | not
(.a, .b) and (.c, .d)
(.a, .b) or (.c, .d)
(true, false) and (true, false)
(true, false) or empty
.a == 1 and .b == 2 or (.c | not)
.a // .b
.a // "default"
(.a, .b) // (.c, .d)
empty // 1
(false, null, 1) // 42
first(empty) // "none"
.a // empty
.a // error("none")
.[]? // "none"
.a // .b // .c // 0
# If
if .a then .b else .c end
if .a then .b end
if .a then 1 elif .b then 2 else 3 end
if .a, .b then .c, .d else .e end
if .a == 1 then [.b] else {c: .c} end
if .a then empty else 1 end
if empty then 1 else 2 end
[.[]? | if . then 1 else 0 end]
# Try
try .a catch .
try error("x") catch .
try error catch .
.a?
(.a | tonumber)?
try (.a | tonumber) catch "not a number"
try (1, error("x"), 2) catch .
[.[]? | try tonumber catch null]
[.[]? | tonumber?]
try (.a + .b) catch .
try ({} + []) catch .
try error({a: 1}) catch .a
try error(null) catch .
[(1, 2, error("x"))?]
try (try error("a") catch error("b")) catch .
(try error("x")) // 1
try (.[] | error) catch .
try (.a[0:"x"]) catch "bad slice"
try ((1, error("x")) + empty) catch "lost"
try [error("x") + empty] catch "lost"
try {a: error("x"), b: empty} catch "lost"
try "\(error("x"))\(empty)" catch "lost"
try (.[error("x")][empty]) catch "lost"
try (error("x") < (1, 2)) catch .
[limit(3; try (1, 2, error("x")) catch (3, 4))]
first(try error("x") catch ., 2)
try error("\(.a)") catch length
# Binding
.a as $x | .b as $y | $x + $y
.[]? as $x | $x
(.a, .b) as $x | [$x, .c]
. as [$x, $y] | {x: $x, y: $y}
. as {a: $x} | $x
. as {$a, b: [$b]} | [$a, $b]
. as {"a": $x, (.k | tostring): $y} | [$x, $y]
. as [[$x]] | $x
.[]? as {a: $x, b: [$y, $z]} | [$x, $y, $z]
. as {("a", "b"): $x} | $x
try (. as [$x] | $x) catch "no array"
1 as $x | 2 as $x | $x
1 as $x | [$x, (2 as $x | $x), $x]
. as $dot | [.[]? | {v: ., n: ($dot | length)}]
. as {$a} | .b as $b | {a: $a, b: $b}
# Labels
label $out | 1, break $out, 2
label $out | .[]? | if . == 2 then break $out else . end
[label $a | label $b | 1, break $a, 2]
[label $a | (label $b | 1, break $b, 2), 3]
[.[]? | label $x | (., break $x, 1)]
[label $f | range(10) | ., (select(. == 3) | break $f)]
try (label $x | error("e"), break $x) catch .
label $x | try (1, break $x, 2) catch 3
label $x | try (1, 2, (3 | break $x)) catch 3 | . + 1
# Loops
reduce .[] as $x (0; . + $x)
reduce .[]? as $x (null; . + $x)
reduce .[]? as [$a, $b] ({}; . + {($a | tostring): $b})
reduce .[]? as $x ([]; . + [$x, length])
reduce .[]? as $x (""; "\(.)\($x)")
reduce .[]? as $x (0; if $x == 2 then empty else . + 1 end)
reduce (1, 2, 3) as $x ((0, 10); . + $x)
reduce empty as $x (.; . + $x)
reduce .[]? as $x ({}; . + {"k\($x)": $x})
reduce range(5) as $i ([]; [$i] + .)
foreach .[]? as $x (0; . + 1)
foreach .[]? as $x (0; . + 1; [$x, .])
foreach .[]? as [$a, $b] (null; $a; ., $b)
[foreach range(5) as $i (null; $i; select(. % 2 == 0))]
[foreach (1, 2, 3, 4) as $x (0; if $x == 3 then empty else . + $x end)]
[limit(3; foreach range(10) as $i (0; . + $i))]
foreach (1, 2) as $x ((0, 10); . + $x; ., -.)
try (reduce .[] as $x (0; . - $x)) catch .
# Functions of one value
length
[.[]? | length?]
type
[.[]? | type]
tostring
[.[]? | tostring]
tojson
[.[]? | tojson]
fromjson
try fromjson catch "not JSON"
[.[]? | fromjson?]
tonumber
[.[]? | tonumber?]
toboolean
[.[]? | toboolean?]
keys
keys_unsorted
[.[]? | keys?]
to_entries
key_values
from_entries
with_entries(select(.value != null))
with_entries({key: ("x" + (.key | tostring)), value: .value})
to_entries | map({(.key | tostring): .value}) | add
reverse
sort
sort_by(.a)
sort_by(.a, .b)
sort_by(-.a)?
group_by(.a)
group_by(.a, .b) | map(length)
unique
unique_by(.a)
unique_by(length)?
min
max
min_by(.a)
max_by(.a)
[.[]? | arrays | (min, max)]
add
add(.[]?.a)
add(.[] | numbers)
add // 0
map(. + 1)
map(.a)
map(select(.a))
map(select(. > 1))?
map_values(. + 1)
map_values(empty)
map_values(.a, .b)
map_values(select(. != null))
flatten
flatten(1)
flatten(2)
[flatten(0, 1)]
any
all
any(. == 1)
all(. > 0)
any(.[]?; . == 1)
all(.[]?; .a)
isempty(.[]?)
isempty(empty)
isempty(error("x"))
first
last
first(.[]?)
last(.[]?)
first(empty)
last(empty)
last(1, 2, 3)
nth(1)
nth(1; .[]?)
[limit(2; .[]?)]
[limit(0; error("x"))]
[limit(-1; 1, 2)]
[limit((1, 2); .[]?)]
[limit(.a; .b[]?)]
[limit(1; 1, error("x"))]
[skip(1; .[]?)]
[skip((0, 2); 1, 2, 3)]
[range(5)]
[range(2; 5)]
[range(0; 10; 3)]
[range(5; 0; -2)]
[range(0; 1; 0.3)]
[range((0, 1); (2, 3))]
[limit(20; range(.a))]
[limit(20; range(.a; .b))]
[.[]? | numbers | until(. > 100 or . < 1; . * 2 + 1)]
recurse
[recurse(.[]?)]
[limit(9; recurse(if . < 3 then . + 1 else empty end))]
[recurse(.a? // empty)]
[limit(5; recurse(. + 1))]?
has("a")
has(0)
[.[]? | has("a")?]
map(has("a"))
contains("a")
contains({a: 1})
contains([1])
contains({a: ["b"]})
inside("abc")
inside([1, 2, 3])
"a" | in({a: 1})
map(in([0, 1]))?
index("a")
rindex("a")
indices("a")
indices(1)
indices([1, 2])
indices("")
indices(", ")
startswith("a")
endswith("a")
ltrimstr("a")
rtrimstr("a")
[.[]? | startswith("a")?]
[.[]? | ltrimstr("a")?]
ascii_downcase
ascii_upcase
[.[]? | ascii_upcase?]
trim
ltrim
rtrim
split(",")
split("")
split(", ")
[.[]? | split(" ")?]
join(",")
join(", ")
join(.a)?
map(tostring) | join("-")
[.[]? | arrays | join("/")]
[1, null, "a", true] | join(",")
explode
implode
explode | implode
[.[]? | explode?]
utf8bytelength
floor
round
ceil
fabs
sqrt
trunc
abs
[.[]? | numbers | floor, round, ceil]
[.[]? | numbers | abs, fabs, trunc]
not
[.[]? | not]
[.[]? | (values, nulls, booleans, numbers, strings, arrays, objects, iterables, scalars)]
[.[]? | isnan?, isinfinite?, isnormal?]
infinite
-infinite
nan | isnan
[nan] | tostring
transpose
getpath(["a", "b"])
getpath(["a", 0, "b"])?
bsearch(2)
error
error("message")
error({a: 1})
error(.a)
select(.a)
select(.a == 1, .b == 2)
.[]? | select(type == "object") | .a
isboolean, isnumber, isstring, isarray, isobject
# Updates
.a |= . + 1
.a = 1
.a.b = .c
.a = (.b, .c)
.a += 1
.a -= .b
.a *= (1, 2)
.a /= 2
.a %= 3
.a //= "default"
.[] += 1
.[]? |= tostring
.[] |= empty
.a |= empty
.[0] |= empty
.[-1]? = "last"
.[1] = 1
.[("a", "b")] = 0
.[(0, 1)]? |= [.]
.a[]?.b? |= 1
.a?.b? |= 2
(.a | .b) = 3
.[.a]? = 4
.a |= (.[]? | select(. > 1))
.[]? |= (., .)
try (.a |= error("x")) catch "failed"
try error catch (.a? = 1)
[.[]? | try error({b: 2}) catch (.b |= 1, .c = 2)]
reduce (1, 2) as $x ({a: 1}; . + (.a = 2))
reduce (1, 2) as $x ([]; . + (.[0] = $x))
try (.[0] = 1) catch "no array"
del(.a)
del(.[0])?
del(.[]?)
[.[]? | .a? |= 1]
with_entries(.value |= tostring)?
map(.a? = 1)
.a as $x | .b = $x | .c[$x]? = 2
# Definitions
def f: . + 1; f
def f(g): g | g; f(.a?)
def f($x): $x + 1; f(.a)
def f($x; $y): [$x, $y]; f(1, 2; 3, 4)
def f(g; $x): [g, $x]; f(.a, .b; .c)
def f: def g: 3; g + 1; f
def f(x): x * 2; def g(y): f(y + 1); g(5)
def f(g): def h: g; [h, h]; f(.a)
def map(f): "mine"; map(.a)
def f: reduce .[]? as $x (0; . + 1); f
def f($a): def g($b): $a + $b; g(10); f(1)
def x: 1; def y: x + 1; def x: 5; [x, y]
# Whole filters of manifests
{hook_id: .id}
{results: .data, polling_state: {cursor: .next_cursor, n: 5}, iterate: .has_more}
{results: [.data[] | select(.active and .email != null) | {id, email, name: (.first + " " + .last), tags: (.tags | join(","))}], iterate: .has_more}
{results: [.body[] | select(.pull_request == null) | {id, number, title, author: .user.login, labels: [.labels[].name], updated_at}], iterate: (.body | length == 100), polling_state: {since: .since, page: (.page + 1)}}
{results: [.data[] | {id, type, created, object_id: .data.object.id, amount: (.data.object.amount // 0), currency: (.data.object.currency // "usd")}], iterate: .has_more, polling_state: {starting_after: .data[-1].id, newest: (if .data[0].created != null and .data[0].created > .newest then .data[0].created else .newest end)}}
.resource.purchase_units[0].payee.email_address
.body | {webhook_id}
{ polling_state: {iterations: (.iterations + 1)}, results: [{ email: "historical_record\(.iterations)@mailserver.testing", first_name: "Record\(.iterations)", last_name: "Historical" }], iterate: (if .iterations > 13 then false else true end) }
[.items[]? | {key: .id, value: .name}] | from_entries
.items | group_by(.kind) | map({kind: .[0].kind, n: length, sum: (map(.n // 0) | add)})
[.items[]? | select((.tags // []) | any(. == "a")) | .name] | sort | join(", ")
