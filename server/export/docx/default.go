package docx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"

	"github.com/plumbline/plumbline/checks/report"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// Default is our own template, also for customers to begin theirs with.
func Default(language string) ([]byte, error) {
	say := func(zh, en string) string { return report.Pick(language, zh, en) }
	var b strings.Builder
	paragraph := func(text string, size int) {
		fmt.Fprintf(&b, `<w:p><w:pPr><w:spacing w:before="120" w:after="60"/></w:pPr>%s</w:p>`, run(text, size, size > 20))
	}
	paragraph(say("安全基线核查报告：", "Security baseline report: ")+"{{target.id}}", 32)
	b.WriteString(grid(2400, 4900, 2400, 4900))
	for _, line := range [][]string{
		{say("主机名", "Host"), "{{target.name}}", say("系统", "System"), "{{target.system}}"},
		{say("地址", "Address"), "{{target.address}}", say("角色/区域", "Role / zone"), "{{target.role}} / {{target.zone}}"},
		{say("开始", "Started"), "{{started}}", say("结束", "Finished"), "{{finished}}"},
		{say("申请/授权", "Asked / authorised"), "{{requested_by}} / {{authorised_by}}", say("事由", "Reason"), "{{reason}}"},
		{say("快照", "Snapshot"), "{{snapshot.id}}", "SHA-256", "{{snapshot.sha256}}"},
		{say("未读取原因", "Why not read"), "{{not_read}}", say("得分", "Score"), "{{scores}}"},
	} {
		b.WriteString(row(false, []int{2400, 4900, 2400, 4900}, line...))
	}
	b.WriteString(`</w:tbl>`)
	paragraph(say("汇总", "Summary"), 24)
	sums := []int{2430, 2430, 2430, 2430, 2440, 2440}
	b.WriteString(grid(sums...))
	name := func(o string) string { return report.OutcomeName(language, o) }
	b.WriteString(row(true, sums, name(report.Fail), name(report.Unknown), name(report.Pass), name(report.NotApplicable), say("合计", "total"), say("其中已豁免", "waived of these")))
	b.WriteString(row(false, sums, "{{summary.fail}}", "{{summary.unknown}}", "{{summary.pass}}", "{{summary.not_applicable}}", "{{summary.total}}", "{{summary.waived}}"))
	b.WriteString(`</w:tbl>`)
	paragraph(say("核查记录", "Record"), 24)
	wide := []int{700, 2000, 2300, 1900, 2300, 1000, 2000, 2400}
	b.WriteString(grid(wide...))
	b.WriteString(row(true, wide, say("序号", "No."), say("条款", "Clause"), say("检查项", "Check"), say("要求", "Wanted"), say("结果记录", "Record of result"), say("结论", "Outcome"), say("说明与豁免", "Note, waiver"), say("证据", "Evidence")))
	b.WriteString(row(false, wide, "{{#findings}}{{number}}", "{{clause}}", "{{title}} {{scope}}", "{{expected}}", "{{observed}}", "{{outcome}}", "{{note}} {{waiver}}", "{{evidence}}{{/findings}}"))
	b.WriteString(`</w:tbl>`)
	document := xmlHead + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>` + b.String() +
		`<w:sectPr><w:footerReference w:type="default" r:id="rId1"/><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="850" w:right="1100" w:bottom="850" w:left="1100" w:header="500" w:footer="500" w:gutter="0"/></w:sectPr></w:body></w:document>`
	footer := xmlHead + `<w:ftr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:pPr><w:jc w:val="center"/></w:pPr>` + run("{{target.id}}  {{finished}}  ", 16, false) + `<w:fldSimple w:instr="PAGE">` + run("1", 16, false) + `</w:fldSimple>` + run(" / ", 16, false) + `<w:fldSimple w:instr="NUMPAGES">` + run("1", 16, false) + `</w:fldSimple></w:p></w:ftr>`
	return pack([]part{
		{"[Content_Types].xml", []byte(xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>`)},
		{"_rels/.rels", []byte(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`)},
		{"word/_rels/document.xml.rels", []byte(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/></Relationships>`)},
		{"word/document.xml", []byte(document)},
		{"word/footer1.xml", []byte(footer)},
	})
}

func pack(parts []part) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(p.text); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// run is a text of one look; size is in half points.
func run(text string, size int, bold bool) string {
	weight := ""
	if bold {
		weight = "<w:b/>"
	}
	return fmt.Sprintf(`<w:r><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="等线"/>%s<w:sz w:val="%d"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r>`, weight, size, text)
}

// grid begins a table with the widths of its columns, in twentieths of a point.
func grid(widths ...int) string {
	var b strings.Builder
	b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&b, `<w:%s w:val="single" w:sz="4" w:color="B8C0C8"/>`, side)
	}
	b.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, w := range widths {
		fmt.Fprintf(&b, `<w:gridCol w:w="%d"/>`, w)
	}
	b.WriteString(`</w:tblGrid>`)
	return b.String()
}

// row is one of a table; a heading is repeated on each page.
func row(heading bool, widths []int, cells ...string) string {
	var b strings.Builder
	b.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
	shade := ""
	if heading {
		b.WriteString(`<w:tblHeader/>`)
		shade = `<w:shd w:val="clear" w:fill="DEE3E8"/>`
	}
	b.WriteString(`</w:trPr>`)
	for i, text := range cells {
		fmt.Fprintf(&b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/>%s</w:tcPr><w:p>%s</w:p></w:tc>`, widths[i], shade, run(text, 16, heading))
	}
	b.WriteString(`</w:tr>`)
	return b.String()
}
