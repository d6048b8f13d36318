package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"hearth"
)

// Origin says where a setting came from.
type Origin string

// The origins, weakest first.
const (
	FromDefault Origin = "default"
	FromFile    Origin = "file"
	FromEnv     Origin = "environment"
	FromFlag    Origin = "command line"
)

// Input is what Load works from.
type Input struct {
	Flags   map[string]string // given on the command line, by flag name without dashes in front; nothing that has only its default
	Environ []string          // os.Environ()
}

// Loaded is a checked Config with the origin of each value.
type Loaded struct {
	Config
	origins map[string]Origin
}

// Origin tells where the setting came from: FromDefault when nobody gave it.
func (l *Loaded) Origin(name string) Origin {
	if o, ok := l.origins[name]; ok {
		return o
	}
	return FromDefault
}

// Load gathers and checks the settings. Errors are sentences with CodeInvalid that name the key as it was written,
// where it was written, and the nearest key that exists.
func Load(in Input) (*Loaded, error) {
	l := &Loaded{origins: map[string]Origin{}}
	keys := keysOf(&l.Config)
	for _, k := range keys {
		if k.def != "" {
			if err := k.set(k.def); err != nil {
				return nil, fmt.Errorf("default of %s: %w", k.Name, err)
			}
		}
	}
	env, err := readEnv(keys, in.Environ)
	if err != nil {
		return nil, err
	}
	file := in.Flags[FileKey]
	if file == "" {
		file = env[FileKey].text
	}
	fromFile, err := readFile(keys, file)
	if err != nil {
		return nil, err
	}
	flags := map[string]given{}
	for name, v := range in.Flags {
		flags[name] = given{text: v, where: "--" + name}
	}
	for _, layer := range []struct {
		origin Origin
		values map[string]given
	}{{FromFile, fromFile}, {FromEnv, env}, {FromFlag, flags}} {
		if err := l.apply(keys, layer.values, layer.origin); err != nil {
			return nil, err
		}
	}
	if err := l.readSecrets(keys); err != nil {
		return nil, err
	}
	return l, l.check()
}

// given is a value as it was written, and where.
type given struct{ text, where string }

func (l *Loaded) apply(keys []key, values map[string]given, origin Origin) error {
	for name, v := range values {
		if name == FileKey {
			continue
		}
		i := slices.IndexFunc(keys, func(k key) bool { return k.Name == name })
		if i < 0 {
			return unknown(keys, v.where, name)
		}
		if keys[i].secret && origin != FromEnv {
			return hearth.FieldErrorf(name, "%s may not hold a password: put it into the variable %s, or into a file that %s-file names.",
				v.where, keys[i].Env(), name)
		}
		if err := keys[i].set(v.text); err != nil {
			return hearth.FieldErrorf(name, "%s: %w.", v.where, err)
		}
		l.origins[name] = origin
	}
	return nil
}

// readEnv takes the HEARTH_ variables. Those that tests use, and those that container platforms set for a service
// called hearth (HEARTH_PORT, HEARTH_SERVICE_HOST …), are none of ours.
func readEnv(keys []key, environ []string) (map[string]given, error) {
	out := map[string]given{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		rest, ok := strings.CutPrefix(name, "HEARTH_")
		if !ok || strings.HasPrefix(rest, "TEST_") || strings.HasPrefix(rest, "SERVICE_") || rest == "PORT" ||
			strings.HasPrefix(rest, "PORT_") {
			continue
		}
		flag := strings.ReplaceAll(strings.ToLower(rest), "_", "-")
		if flag != FileKey && !slices.ContainsFunc(keys, func(k key) bool { return k.Name == flag }) {
			return nil, unknown(keys, "the variable "+name, flag)
		}
		out[flag] = given{text: value, where: "the variable " + name}
	}
	return out, nil
}

func readFile(keys []key, path string) (map[string]given, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, hearth.FieldErrorf(FileKey, "The settings file %s cannot be read: %w.", path, reason(err))
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, hearth.FieldErrorf(FileKey, "The settings file %s is not YAML: %w.", path, err)
	}
	if doc.Kind == 0 {
		return nil, nil // an empty file
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, hearth.FieldErrorf(FileKey, "The settings file %s should hold lines such as listen: 127.0.0.1:8080.", path)
	}
	out := map[string]given{}
	for i := 0; i+1 < len(top.Content); i += 2 {
		k, v := top.Content[i], top.Content[i+1]
		where := fmt.Sprintf("%s, line %d, %s", path, k.Line, k.Value)
		name := strings.ReplaceAll(k.Value, "_", "-")
		if !slices.ContainsFunc(keys, func(k key) bool { return k.Name == name }) {
			return nil, unknown(keys, where, name)
		}
		if v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
			return nil, hearth.FieldErrorf(name, "%s: one plain value is wanted.", where)
		}
		if before, twice := out[name]; twice {
			return nil, hearth.FieldErrorf(name, "%s is there already: %s.", where, before.where)
		}
		out[name] = given{text: v.Value, where: where}
	}
	return out, nil
}

// readSecrets fills each secret from the file that its …-file setting names. A variable and a file at once are
// refused: nobody could say which counts.
func (l *Loaded) readSecrets(keys []key) error {
	for _, k := range keys {
		if !k.secret {
			continue
		}
		i := slices.IndexFunc(keys, func(f key) bool { return f.Name == k.Name+"-file" })
		if i < 0 || keys[i].text() == "" {
			continue
		}
		if k.text() != "" {
			return hearth.FieldErrorf(k.Name, "%s and %s-file are both set: keep one.", k.Env(), k.Name)
		}
		raw, err := os.ReadFile(keys[i].text())
		if err != nil {
			return hearth.FieldErrorf(keys[i].Name, "The file for %s cannot be read: %w.", k.Name, reason(err))
		}
		if err := k.set(strings.TrimRight(string(raw), "\r\n")); err != nil {
			return err
		}
		l.origins[k.Name] = l.Origin(keys[i].Name)
	}
	return nil
}

// reason cuts the path from a file error; the sentence around it has named it.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// key is one field of Config.
type key struct {
	Name   string
	help   string
	place  string
	def    string
	enum   []string
	min    int
	max    int
	secret bool
	value  reflect.Value
}

// Env gives the variable of the key.
func (k key) Env() string { return "HEARTH_" + strings.ToUpper(strings.ReplaceAll(k.Name, "-", "_")) }

// keysOf reads the list of keys off the struct, in its order; set writes through to c.
func keysOf(c *Config) []key {
	v := reflect.ValueOf(c).Elem()
	keys := make([]key, 0, v.NumField())
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		k := key{Name: tag.Get("name"), help: tag.Get("help"), place: tag.Get("placeholder"), def: tag.Get("default"),
			secret: tag.Get("secret") == "true", value: v.Field(i)}
		if e := tag.Get("enum"); e != "" {
			k.enum = strings.Split(e, ",")
		}
		k.min, _ = strconv.Atoi(tag.Get("min")) // absent: 0, no bound
		k.max, _ = strconv.Atoi(tag.Get("max"))
		keys = append(keys, k)
	}
	return keys
}

func (k key) text() string { return fmt.Sprint(k.value.Interface()) }

// set reads text as the field's type and within its bounds.
func (k key) set(text string) error {
	if len(k.enum) > 0 && !slices.Contains(k.enum, text) {
		return fmt.Errorf("%q is none of %s", text, strings.Join(k.enum, ", "))
	}
	if k.value.Kind() == reflect.String {
		k.value.SetString(text)
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < k.min || n > k.max {
		return fmt.Errorf("%q is not a whole number from %d to %d", text, k.min, k.max)
	}
	k.value.SetInt(int64(n))
	return nil
}
