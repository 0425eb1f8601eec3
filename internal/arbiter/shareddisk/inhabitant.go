package shareddisk

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// marks are what other programs write near the beginning of a disk.
var marks = []struct {
	at   int
	text string
	what string
}{
	{0x438, "\x53\xef", "an ext2, ext3 or ext4 file system"},
	{0, "XFSB", "an XFS file system"},
	{0x10040, "_BHRfS_M", "a btrfs file system"},
	{512, "LABELONE", "an LVM physical volume"},
	{0, "LABELONE", "an LVM physical volume"},
	{4086, "SWAPSPACE2", "swap space"},
	{0, "LUKS\xba\xbe", "a LUKS volume"},
	{4096, "\xfc\x4e\x2b\xa9", "a member of an md array"},
	{512, "EFI PART", "a GPT partition table"},
	{3, "NTFS    ", "an NTFS file system"},
	{0, "SBD_SBD_", "an sbd device"},
	{0, "\x01\x16\x19\x70", "a GFS2 file system"},
	{0x2000, "OCFSV2", "an OCFS2 file system"},
	{510, "\x55\xaa", "a partition table or a FAT file system"},
}

// inhabitant names what stands in the beginning of a disk; empty: zeros.
func inhabitant(area []byte) string {
	for _, m := range marks {
		if len(area) >= m.at+len(m.text) && string(area[m.at:m.at+len(m.text)]) == m.text {
			return m.what
		}
	}
	if i := bytes.IndexFunc(area, func(r rune) bool { return r != 0 }); i >= 0 {
		return "data that is not zeros"
	}
	return ""
}

// localOnly names the file system of an open file if no other machine can see it; empty: it may be shared.
func localOnly(fd int) string {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil {
		return ""
	}
	return map[int64]string{
		unix.EXT4_SUPER_MAGIC: "ext2, ext3 or ext4", unix.XFS_SUPER_MAGIC: "xfs", unix.BTRFS_SUPER_MAGIC: "btrfs",
		unix.TMPFS_MAGIC: "tmpfs", unix.OVERLAYFS_SUPER_MAGIC: "overlay", 0x2fc12fc1: "zfs", unix.F2FS_SUPER_MAGIC: "f2fs",
	}[int64(st.Type)]
}
