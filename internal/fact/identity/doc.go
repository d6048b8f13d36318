// Package identity judges whether two records tell of one person. It compares names, telephone numbers, e-mail
// addresses, homes, lease dates and, where a source has one, the date of birth, weighs what agrees and what does not
// against the other explanations (strangers, housemates, twins, a parent and child of one name), and gives a
// probability with its evidence in words. It finds the pairs worth a look among many records without comparing all
// with all, and keeps those that a person must decide on.
//
// It reads protected data (a date of birth, a name) for this one purpose and passes none of it on. It does not bring
// two residents together: package record does, when a person or a caller with a sure pair says so.
package identity
