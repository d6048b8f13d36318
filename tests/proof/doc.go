// Package proof lives the whole engine through faults on virtual time and holds what it leaves behind against what must
// be: a model written apart from it, another database, earlier recordings. docs/proof.md says which promise each test
// proves, and how to run one seed again.
package proof
