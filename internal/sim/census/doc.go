// Package census measures how well residents are recognised: it generates people with the quirks of rent rolls (twins,
// couples with one e-mail address, Jr and Sr in one home, telephone numbers that were somebody else's, names in either
// order, pet forms, slips, moves) or reads lists of records whose truth is known, searches them for pairs with package
// identity, and counts what was found, missed and mistaken.
//
// It chooses no weights: they stand in package identity.
package census
