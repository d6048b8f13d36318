//go:build !unix

package db

import "os"

// Without advisory locks nobody knows of others that serve: each process then does its own work, as on PostgreSQL.
func serving(string) (*os.File, error) { return nil, nil }

func holdServing(*os.File) (bool, error) { return true, nil }

func heldServing(*os.File) bool { return false }
