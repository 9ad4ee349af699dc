# The example programs of jaq's manual (https://github.com/01mf02/jaq, docs/*.dj, MIT), in its order.
1 + 2, true or false
[] | .[0]
{} | .a
0 == 0
[] == {}
"" | not | not
0
3.14
2.99e6
-1
1.0e500 + 1
1 + 2
10 / 2
1.0 + 2
1.2 | floor, round, ceil
[0, 1, 2] | .[1]
nan | tojson
"Hello 東京!"
"NUL = \u0000"
"Hello \("Alice", "Bob") 😀!\n"
41 | "The successor of \(.) is \(.+1)."
"-[]?" | @uri "https://gedenkt.at/jaq/?q=\(.)"
"Hello, world! 🙂" | tobytes
"Hello" | isstring and (tobytes | isstring)
"Hello" | . == tobytes
[empty]
[1, 2, 3]
[limit(3; repeat(0))]
{count: 3, elem: 0} | [limit(.count; repeat(.elem))]
{("a"): 1}
{a: 1, b: 2}
{a: 1, b: 2} | {a}
1 as $k | {$k}
{("a", "b"): (1, 2)}
[1, 2, 3] | .[1]
{a: 1, b: 2} | .["a"]
[1, 2, 3] | .[3]
{a: 1, b: 2} | .["c"]
null | .[0]
"@ABC" | tobytes | .[0]
{a: 1} | .a
{if: 1} | .if
[1, 2, 3] | .[-1]
[1, 2, 0, 1, 2] | .[[1, 2]]
[1, 2, 3] | .[{start: 1 }]
[1, 2, 3] | .[{ end: -1}]
[1, 2, 3] | .[{start: 1, end: -1}]
[1, 2, 3] | .[{ }]
[1, 2, 3] | .[1:3]
"Hello World!" | .[6:11]
"老虎" | .[1:2]
"Färber" | tobytes, . | .[2:] | [., length]
"Hello World!" | .[ :5], .[6: ]
"Hello World!" | .[null:5], .[6:null]
"Hello World!" | .[null : null]
[] | try .["a":] catch "fail"
{} | try .[1:-1] catch "fail"
null | try .[1:] catch "fail"
[1, 2, 3] | .[]
{a: 1, b: 2} | .[]
[1, 2, 3] | .[keys_unsorted[]]
{a: 1, b: 2} | .[keys_unsorted[]]
{a: [{b: 1}]} | . | .a | .[] | .b
{a: [{b: 1}]} | . .a .[] .b
{a: [{b: 1}]} | .a .[] .b
{a: [{b: 1}]} .a .[] .b
[[[1, 2, 3]]] | .[0] | .[] | .[:-1]
[[[1, 2, 3]]] | .[0] .[] .[:-1]
[[[1, 2, 3]]] | .[0] [] [:-1]
[[[1, 2, 3]]] [0] [] [:-1]
[1, {a: 2 }, {a: 3 }] | .[].a?
[1, [2, 3 ], [4, 5 ]] | .[][]?
1, {a: [2]}, {a: [3]} | .a?[]
1 | .
-(1, 2)
(1, error, 2)?
try (1, error, 2)
try -[]? catch -1
(-[])?
(1, 2) | (., 3)
1, 2
"Hello" | length as $x | . + " has length \($x)"
0 as $x | (1 as $x | $x), $x
0 as $x | 1 | $x
0 as $x | (1 | $x)
1, 2 as $x | [$x]
1, (2 as $x | [$x])
(1, 2) as $x | [$x]
[1, 2, 3] | .[] |= .*2
[1, 2, 3] | .[0] |= empty
{a: 1, b: 2} | .a |= empty
1 | . |= (., .*2)
[1, 2, 3] | .[ ] |= (., .*2)
[1, 2, 3] | .[0] |= (., .*2)
{a: 1, b: 2} | .a |= (., .*2)
(null, 1, false, 2) // (3, 4)
(null, false) // (3, 4)
empty // 3
false and true or true
(false and true) or true
false and (true or true)
(1, 2) + (1, 3)
(1, 2) * (1, 3)
(1,2) * (3,4)
{a: (1,2), b: (3,4)} | .a * .b
nan == nan
1 == 1.0
{a: 1, b: 2} == {b: 2, a: 1}
false < true
nan < nan
-infinite < -99999999999999999999999999
0 < 1
infinite > 99999999999999999999999999
"Hello" < "Hello World"
"@B" < "A"
[1, 2] < [1, 2, 3]
[0, 2] < [1]
1 + 2.0
"Hello, " + "World!"
[1, 2] + [3, 4]
{a: 1, b: 2} + {b: 3, c: 4}
[1, 2, 3, 4] - [2, 4]
"abc" * 3
0 * "abc"
{a: {b: 0, c: 2}, e: 4} * {a: {b: 1, d: 3}, f: 5}
1 / 2
"foobarfoobazfoo" / "foo"
"🧑‍🔬 is 🤔" / ""
"foobarfoobazfoo" / "foo" | join("foo")
"🧑‍🔬 is 🤔" / "" | join("")
5 % 2
5.1 % 2
5.5 % 2
if true then 0 else 1 end
if [], null then 0 else 1 end
0 | if false then .+1 end
try (1, error(42), 2) catch (. + 1)
try (1, 2) catch (. + 1)
label $x | 1, break $x, 2
0 as $x | label $x | $x, break $x
label $x | 1, (label $x | 2, break $x, 3), 4, break $x, 5
def f(g): 1, g, 2; label $x | f(break $x)
reduce (1, 2, 3) as $x (0; . + $x)
foreach (1, 2, 3) as $x (0; . + $x)
foreach (1, 2, 3) as $x (0; . + $x; [$x, .])
[1, 2, 3] | reduce .[] as $x ([]; [$x] + .)
reduce empty as $x (0; . + $x)
foreach empty as $x (0; . + $x)
foreach (5, 10) as $x (1; .+$x, -.)
1 | 5 as $x | (.+$x, -.)
-1 | 10 as $x | (.+$x, -.)
6 | 10 as $x | (.+$x, -.)
def iter: .[]; [1, 2, 3] | iter
[1, 2, 3] | map( .+1)
[1, 2, 3] | [.[] | .+1]
def singleton($x): [$x]; singleton(1, 2, 3)
def singleton( x): [ x]; singleton(1, 2, 3)
error(empty)
try error(41) catch (. + 1)
try (41 | error ) catch (. + 1)
try (error(41) = 1) catch (. + 1)
null | length
true | try length catch "fail"
-1, 1 | length
"ゼノギアス" | length
"ゼノギアス" | tobytes | length
[1, [2, 3], 4] | length
{a: 0, b: 1} | length
{c: 1, b: 2, a: 1} | keys_unsorted
{c: 1, b: 2, a: 1} | keys
[1, 2, 3] | keys_unsorted
[1, 2, 3] | keys
{a: 1, b: 2} | keys_unsorted
{a: 1, b: 2} | to_entries | map(.key)
{a: 1, b: 2} | [path(.[])[]]
[ 1, 2] | to_entries
{a: 1, b: 2} | to_entries
{a: 1, b: 2} | to_entries | from_entries
{"a": 1, "b": 2} | with_entries(.key |= ascii_upcase)
first(1, 2, 3)
first(empty)
first(repeat(0))
first(1, def f: f; f)
last(1, 2, 3)
last(empty)
try last(1, error("fail"), 3) catch .
[1, 2, 3] | first, last
limit( 3; 1, 2 )
limit( 3; 1, 2, 3, 4)
limit(-1; 1, 2 )
skip( 3; 1, 2 )
skip( 1; 1, 2, 3, 4)
skip(-1; 1, 2 )
nth(0; 1, 2, 3)
nth(2; 1, 2, 3)
nth(3; 1, 2, 3)
[1, 2, 3] | nth(0)
isempty( empty)
isempty(1, 2)
isempty(1, error)
try isempty(error, 1) catch "fail"
any(0, 1, 2; . == 42)
any(0, 1, 2; . == 42, . == 2)
[1, 2, 3] | any(. % 2 == 0)
[false, true] | any
all(0, 1, 2; . > 0)
all(0, 1, 2; . >= 0)
add(1, 2, 3)
add(empty)
[1, 2, 3] | add
{a: 1, b: 2} | add
reduce (1, 2, 3) as $x (null; . + $x)
range(1; 9; 2)
range(1; 10; 2)
range(9; 1; -2)
range(9; 0; -2)
range(5)
range(2; 5)
range(""; "aaa"; "a")
range([]; [1, 1, 1]; [1])
0 | limit(5; recurse(.+1))
0 | recurse(.+1 | select(. < 5))
0 | recurse(.+1; . < 5)
[1, [2], {a: 3}] | recurse
2 | limit(7; repeat(1, ., 3))
0 | while(. <= 3; . + 1)
0 | until(. >= 3; . + 1)
(0, 1, -1, 2, -2) | select(. >= 0)
null, true, 0, "Hi!", [1, 2], {a: 1} | nulls
null, true, 0, "Hi!", [1, 2], {a: 1} | booleans
null, true, 0, "Hi!", [1, 2], {a: 1} | numbers
null, true, 0, "Hi!", [1, 2], {a: 1} | strings
null, true, 0, "Hi!", [1, 2], {a: 1} | arrays
null, true, 0, "Hi!", [1, 2], {a: 1} | objects
null | isboolean
null | booleans
true | isboolean
true | booleans
null, true, 0, "Hi!", [1, 2], {a: 1} | values
null, true, 0, "Hi!", [1, 2], {a: 1} | scalars
null, true, 0, "Hi!", [1, 2], {a: 1} | iterables
nan | isnan, isinfinite, isfinite, isnormal
infinite | isnan, isinfinite, isfinite, isnormal
0 | isnan, isinfinite, isfinite, isnormal
1 | isnan, isinfinite, isfinite, isnormal
null | type
false | type
0 | type
"foo" | type
[1] | type
{} | type
"Hello, world!" | contains("world")
[1, 2, 3] | contains([1, 3])
[[1, 2], 3] | contains([3, [1]])
{a: 1, b: 2} | contains({a: 1})
{a: [1, 2]} | contains({a: [1]})
0 | contains(0)
"world" | inside("Hello, world")
"Alice, Bob, and Carol" | indices(", ")
[0, 1, 2, 3, 1, 2, 3] | indices([1, 2])
[0, 1, 2, 3, 1, 2, 3] | indices(1)
[[1, 2], 3] | indices([1, 2])
"Alice, Bob, and Carol" | index(", ")
[0, 1, 2, 3, 1, 2, 3] | rindex([1, 2])
"Hello world!" | index(", ")
[0, 1, 2] | rindex(3)
[1, 2, 3] | has( 0 , 3 )
{a: 1, b: 2} | has("a", "c")
"a" | in({a: 1, b: 2})
[1, 2, 3] | has(-1, -2, -3)
[1, 2, 3] | has({start: 1})
[1, 2, 3] | .[-1, -2, -3]
[1, 2, 3] | .[{start: 1}]
null | has(1)
true | try has(1) catch -1
"" | tobytes | all(has(range(-length; length)); .)
[1, 2, 3] | all(has(range(-length; length)); .)
{a: 1, b: 2} | all(has(keys[] ); .)
[1, 2, 3] | map(., .*2)
{a: 1, b: 2} | map(., .*2)
[1, 2, 3, 4] | map(select(. % 2 == 0))
[1, 2, 3, 4] | map_values(.*2)
{a: 1, b: 2} | map_values(.*2)
[[1, 2], [3]] | walk(numbers += 1)
[1, 2, 3, 4] | del(.[] | select(. % 2 == 0))
[1, 2, 3] | del(.[1])
[1, 2, 3] | del(.[1:])
{a: 1, b: 2} | del(.a)
[{a: 1}, {a: 2}] | path(.[].a)
[1, 2, 3] | path(.[1:][:-1])
[1, 2, 3] | path(.[1: -1])
try path(0 ) catch "fail"
try path(. as $x | $x) catch "fail"
[1, {a: 2}] | paths
[1, {a: 2}] | paths(isnumber)
[1, {a: 2}] | paths(isobject)
[{a: 1}, {a: 2}] | getpath([0, "a"], [1, "a"])
[1, 2, 3] | getpath([{"start": 1}, {"end": -1}])
[1, 2, 3] | getpath([{"start": 1, "end": -1}])
[[1, 2], [3, 4]] | setpath([1, 0]; 5)
[1, 2, 3] | delpaths([[0]])
[{a: 1, b: 2}, 3] | delpaths([[0, "b"], [1]])
[1, 2, 3] | delpaths([[0], [0]])
["a", 0, "b", 1] | delpaths([path(.. | strings)] | reverse)
["a", 0, "b", 1] | delpaths([path(.. | strings)] )
{a: {b: 1, c: 2}, d: 3} | pick(. )
{a: {b: 1, c: 2}, d: 3} | pick(.a.c )
{a: {b: 1, c: 2}, d: 3} | pick(.a.c, .d)
true
false
true | not
false | not
"foo" | not
true | toboolean
"true" | toboolean
"[true]" | try toboolean catch "fail"
42 | tonumber
"42" | tonumber
"[42]" | try tonumber catch "fail"
infinite
nan | isnan
1 / 0
0 / 0 | isnan
-2.0, -1, 0, 1, 2.0 | abs
"foo", [], {} | abs
0.5 | floor, round, ceil
0.4 | floor, round, ceil
0.0 | floor, round, ceil
-0.4 | floor, round, ceil
-0.5 | floor, round, ceil
0, 1 | round
nan | round | isnan
infinite | round
(3.141592 | sin) < (-5 | pow10)
fmax(2; 3)
fma(2; 3; 4)
[0, 1, 2, 3] | sort_by(. % 2)
[{a: 1, b: 2}, {a: 0, b: 3}] | sort_by(. )
[{a: 1, b: 2}, {a: 0, b: 3}] | sort_by(.a)
[{a: 1, b: 2}, {a: 0, b: 3}] | sort_by(.b)
["foo", "", "bar", "quux", "baz"] | group_by(length)
[1, 2, 3, 4] | group_by(. % 2)
["foo", "", "bar", "quux", "baz"] | unique_by(length)
[1, 2, 3, 4] | unique_by(. % 2)
[3, 2, 1, 3, 4] | unique
[1, 2, 3] | min
[1, 2, 3] | max
["abc", [1, 2], {"a": 1}] | min_by(length)
["abc", [1, 2], {"a": 1}] | max_by(length)
["abc", [1, 2], {"a": 1, "b": 3}] | min_by(length, add?)
[1, 2, 3] | reverse
[[1 , 2, 3], [4, 5, 6]] | transpose
[[1], [2, 3], [4, 5, 6]] | transpose
[1, [2, [3]], {a: [1, [2]]}] | flatten
[1, [2, [3]], {a: [1, [2]]}] | flatten(0)
[1, [2, [3]], {a: [1, [2]]}] | flatten(1)
[1, [2, [3]], {a: [1, [2]]}] | flatten(2)
null, true, 0, "Hi" | flatten
[0, 4, 8] | bsearch(8, 4, 0)
[0, 4, 8] | bsearch(-2, 2, 6, 10)
[0, 4, 8] | bsearch(6)
--3-1
[0, 4, 8] | .[2:2] = [6]
[] | combinations
"Hi" | tostring
"Hi" | tobytes | tostring
null | tostring
[0, 1] | tostring
{a: 1} | tostring
"\(null) and \([0, 1])"
"ゼノギアス" | length, utf8bytelength, (tobytes | length)
"ゼノギアス" | startswith("ゼノ")
"ゼノギアス" | endswith("ギアス")
" \t\n Bonjour ! \r " | ltrim
" \t\n Bonjour ! \r " | rtrim
"foofoobar" | ltrimstr("foo")
"foobarbar" | rtrimstr("bar")
["null", "boolean", "number", "string", "array", "object"] | join(" < ")
"Der λΠ-Kalkül" | ascii_downcase
"Der λΠ-Kalkül" | ascii_upcase
"1 + 2 * 3" | @uri "https://duckduckgo.com/?q=\(.)"
"1 + 2 * 3" | @uri
"Hello world!" | (tobytes | @base64) == @base64
"<" | @html
">" | @html
"&" | @html
"'" | @html
"\"" | @html
"Hello, World!" | @uri
"Hello, World!" | @uri | @urid
null, true, 1 | @sh
"It's green!" | @sh
["jaq", "-n", "--arg", "slogan", "It's green!", "$slogan"] | @sh
0 | tobytes
"Hi" | tobytes
[0, "Hi", [1, 255]] | tobytes
"Hi" | tojson
"---\n 1 \n...\n---\n 2 \n..." | fromyaml
"" | fromyaml
"1,2\n3,4\n" | fromcsv
"plain,with space" | fromcsv
"\"with,comma\"" | fromcsv
"\"with\nnewline\"" | fromcsv
"\"with\"\"quote\"" | fromcsv
"true,,false" | fromcsv
"\"true\",\"\",\"false\",\"3.14\"" | fromcsv
"1,2\r\n3,4\n" | fromcsv
"1,2\n3,4\r\n" | fromcsv
"1,2\n3,4" | fromcsv
"" | fromcsv
"\n" | fromcsv
"," | fromcsv
"1\t2\n3\t4\n" | fromtsv
"with\\0NUL" | fromtsv
"with\\tTAB" | fromtsv
"with\\rCR" | fromtsv
"with\\nLF" | fromtsv
"with\\\\" | fromtsv
[1, "1", true, "true"] | tocsv | fromcsv
[1, "1", true, "true"] | totsv | fromtsv
[ ] | tocsv
[null] | tocsv
"1970-04-14T03:08:00Z" | fromdate
8910480 | todate
0.123456 | todate
"1970-01-01T00:00:00.123456Z" | fromdate
0 | strftime("%T %z (%Z)")
[1970, 0, 1, 0, 0, 0] | strftime("%T %z (%Z)")
"1970-01-01 00:00:00" | strptime("%F %T")
"1970-01-01 00:00:00 Europe/Vienna" | strptime("%F %T %Q")
0 | gmtime
[1970, 0, 1, 0, 0, 0] | mktime
"jaq v3.0" | test("v[0-9]+\\.[0-9]+")
"jaq V3.0" | test("v[0-9]+\\.[0-9]+")
"jaq V3.0" | test("v[0-9]+\\.[0-9]+"; "i")
"v2.0, v3.0" | scan("v[0-9]+\\.[0-9]+" )
"v2.0, v3.0" | scan("v[0-9]+\\.[0-9]+"; "g")
"V2.0" | scan("v[0-9]+\\.[0-9]+")
"Here be\tspaces" | split("\\s" ; "")
" More\n\n" | split("\\s+"; "")
"" | split("\\s" ; "")
"Here be\tspaces" | splits("\\s")
[1, 2, 3] | .[] |= .+1
[1, 2, 3] | path(.[])
true | path(.)
[1, 2, 3] | keys_unsorted[] | [.]
{a: 1, b: 2} | path(.[])
{a: 1, b: 2} | keys_unsorted[] | [.]
[1, 2, 3] | path(.[0])
[1, 2, 3] | path(.[1:-1])
{a: 1, b: 2} | path(.a, .b)
{a: 1, b: 2} | path(.a), path(.b)
[[1], [2]] | path(.[][])
[[1], [2]] | path(.[]) as $p | $p + (getpath($p) | path(.[]))
[1, 2, 3] | path((0, 2) as $x | .[$x])
[1, 2, 3] | (0, 2) as $x | path(.[$x])
[{a: 1}] | path(reduce (0, "a") as $i (.; .[$i]))
[{a: 1}] | path(foreach (0, "a") as $i (.; .[$i]))
[1, 2, 3] | path(.[]?)
"" | path(.[]?)
{a: [1, 2]} | path(.a[])
try path(1 + 2) catch "fail"
try path(1 = 2) catch "fail"
try path([] | empty) catch "fail"
[] | path(.[0: ])
[] | path(.[ :0])
0 | (., .) |= (., .+1)
{a: 1} | .a |= (2, 3)
[1, 2, 3] | getpath(path(try .[] )) -= 1
[1, 2, 3] | getpath(path(first( .[]))) -= 1
[1, 2, 3] | getpath(path(limit(2; .[]))) -= 1
[1, 2, 3] | getpath(path(skip (1; .[]))) -= 1
[1, 2, 3] | getpath(path(last ( .[]))) -= 1
[1, {a: 2}] as [$x, {$a}] | $x, $a
[1, {b: 2}] as [$x, {$a}] | $x, $a
[1 ] as [$x, $y] | $x, $y
[1, {a: 2}] as [$x, [$y]] | $x, $y
try ([1] as {$a} | $a) catch "fail"
try ( 1 as [$x] | $x) catch "fail"
[ 1, 2] as [$x] | $x
{a: 1, b: 2} as {$a} | $a
{a: [1, {b: [2]}]} as {a: [$x, {b: [$y]}]} | $x, $y
[[[1]]] as [[[$x]]] | $x
{a: {b: {c: 1}}} as {a: {b: {c: $x}}} | $x
[1, 2, 3] as {(0): $x, (2): $y} | $x, $y
{(0): 1, (2): 3} as [$x, $_, $y] | $x, $y
[1, 2, 3] | tobytes as [$x, $y] | $x, $y
[{"k": "a", "a": 1}] as [{(.k): $x}] | $x
module "My module"; 1
nan | . | isnan
nan | tojson | fromjson | isnan
"[&a 1, &b 2, *a, *b]" | fromyaml
"[&b [&a [], *a], *b]" | fromyaml
"&a[*a]" | try fromyaml catch -1
"!!bool true" | fromyaml
"!!int true" | try fromyaml catch "fail"
"!!foo []" | fromyaml
"!!bar {}" | fromyaml
0 | try totoml catch -1
{a: null } | try totoml catch -1
{a: 0 | tobytes} | try totoml catch -1
{(1): 2 } | try totoml catch -1
{a: nth(1024; 1 | recurse(.*2))} | totoml | try fromtoml catch -1
{a: [-255] | implode} | (totoml | fromtoml) == .
<!-- this comment
