package file

// syncDir: names are durable with the file on NTFS.
func syncDir(string) error { return nil }
