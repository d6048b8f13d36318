// Package value reads what stands in one cell of an export: dates, amounts, phones, e-mail addresses, yes or no, names
// of people, labels of units. Where one cell alone is ambiguous (is 03/04 in March or April, is Kim Lee called Kim),
// evidence is gathered over the whole column first.
//
// It decides nothing about which column means what (package column) and stores nothing.
package value
