package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/wire"
	"heartbeat/internal/xmltree"
)

const small = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="4" num_updates="2" admin_epoch="0">
  <configuration>
    <!-- mine -->
    <crm_config/>
    <nodes/>
    <resources/>
    <constraints/>
  </configuration>
  <status/>
</cib>
`

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func addResource(t *testing.T, d *Document, id string) {
	t.Helper()
	data := xmltree.New("primitive", "id", id, "class", "ocf", "provider", "heartbeat", "type", "Dummy")
	if _, err := d.Do(edit.Request{Op: edit.Create, Section: "resources", Data: data}); err != nil {
		t.Fatal(err)
	}
}

func TestSavingKeepsCommentsModeAndDigest(t *testing.T) {
	path := file(t, "cib.xml", small)
	if err := os.WriteFile(path+".sig", []byte("0123"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Open(Where{File: path})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "digest") {
		t.Errorf("about a wrong digest is said: %q", d.Warnings)
	}
	addResource(t, d, "a")
	if err := d.Save(); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	info, _ := os.Stat(path)
	if !strings.Contains(string(text), "<!-- mine -->") || !strings.Contains(string(text), `epoch="5" num_updates="0"`) || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %s", info.Mode(), text)
	}
	again, err := Open(Where{Getenv: func(name string) string { return map[string]string{"CIB_file": path}[name] }})
	if err != nil || len(again.Warnings) != 0 || !xmltree.Equal(again.Root(), d.Root()) {
		t.Errorf("read again: %v, %q", err, again.Warnings)
	}
}

func TestUnchangedDocumentIsNotWritten(t *testing.T) {
	path := file(t, "cib.xml", "\n"+small)
	d, err := Open(Where{File: path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Do(edit.Request{Op: edit.Delete, Section: "resources", Data: xmltree.New("primitive", "id", "none")}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Save()); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "\n"+small {
		t.Errorf("written: %s", text)
	}
}

func TestTwoWritersDoNotLoseAChange(t *testing.T) {
	path := file(t, "cib.xml", small)
	one, err := Open(Where{File: path})
	if err != nil {
		t.Fatal(err)
	}
	two, err := Open(Where{File: path})
	if err != nil {
		t.Fatal(err)
	}
	addResource(t, one, "a")
	addResource(t, two, "b")
	if err := one.Save(); err != nil {
		t.Fatal(err)
	}
	if err := two.Save(); err == nil || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("the second writer is told %v", err)
	}
	if text, _ := os.ReadFile(path); !strings.Contains(string(text), `id="a"`) {
		t.Errorf("the first change is lost: %s", text)
	}
}

func TestDocumentIsFoundInTheClassicOrder(t *testing.T) {
	dir := t.TempDir()
	for name, id := range map[string]string{"opt": "opt", "env": "env", "shadow.s": "shadow"} {
		text := strings.Replace(small, "<cib ", `<cib dc-uuid="`+id+`" `, 1)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"CIB_shadow_dir": dir}
	getenv := func(name string) string { return env[name] }
	if _, err := Open(Where{Getenv: getenv}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("with nothing named: %v", err)
	}
	for _, c := range []struct{ name, value, want string }{
		{"CIB_shadow", "s", "shadow"}, {"CIB_file", filepath.Join(dir, "env"), "env"}, {"", filepath.Join(dir, "opt"), "opt"}, {"", "-", "stdin"},
	} {
		w := Where{Getenv: getenv, Stdin: strings.NewReader(strings.Replace(small, "<cib ", `<cib dc-uuid="stdin" `, 1))}
		if c.name == "" {
			w.File = c.value
		} else {
			env[c.name] = c.value
		}
		d, err := Open(w)
		if err != nil || d.Root().Get("dc-uuid") != c.want {
			t.Errorf("%s=%s: %v", c.name, c.value, err)
		}
	}
	env["CIB_shadow"], env["CIB_file"] = "../x", ""
	if _, err := Open(Where{Getenv: getenv}); err == nil {
		t.Error("a shadow outside of its directory is opened")
	}
	if _, err := Open(Where{File: filepath.Join(dir, "none")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestAPackedDocumentStaysPacked(t *testing.T) {
	packed, err := wire.Bzip2([]byte(small), 9)
	if err != nil {
		t.Fatal(err)
	}
	path := file(t, "cib.xml.bz2", string(packed))
	d, err := Open(Where{File: path})
	if err != nil {
		t.Fatal(err)
	}
	addResource(t, d, "a")
	if err := d.Save(); err != nil {
		t.Fatal(err)
	}
	addResource(t, d, "b")
	if err := d.Save(); err != nil {
		t.Fatalf("a second save: %v", err)
	}
	again, err := Open(Where{File: path})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(Text(again.Root())); !strings.Contains(text, `id="a"`) || !strings.Contains(text, `id="b"`) || !strings.Contains(text, "<!-- mine -->") {
		t.Errorf("read again: %s", text)
	}
	if head, _ := os.ReadFile(path); !strings.HasPrefix(string(head), "BZh9") {
		t.Errorf("it is not packed any more: %.20q", head)
	}
	if err := os.WriteFile(path, packed, 0o600); err != nil {
		t.Fatal(err)
	}
	addResource(t, again, "c")
	if err := again.Save(); err == nil || !strings.Contains(err.Error(), "somebody else changed it") {
		t.Errorf("a change by somebody else was overwritten: %v", err)
	}
}
