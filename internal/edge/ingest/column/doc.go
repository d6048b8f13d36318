// Package column finds out which column of an export holds what. It compares headings, word by word, with the ways in
// which the trade names a thing, and cross-checks with what stands in the cells: addresses with an @, dates, amounts,
// labels of homes that are known. It knows no particular system's reports, so it holds on layouts not seen before, and
// it says of each column what it was taken for, how sure that is, and why.
//
// It reads no file (package table), keeps nothing and creates nothing. Columns that must never enter Hearth, such as
// social security numbers, dates of birth or anything on a protected characteristic, are refused here.
package column
