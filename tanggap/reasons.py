"""Why the system refused, Indonesian: every error of it that people read is said by this."""

import errno

_REASONS = {
    errno.ENOENT: "tidak ditemukan",
    errno.EACCES: "tidak diizinkan",
    errno.EPERM: "tidak diizinkan",
    errno.EISDIR: "itu folder",
    errno.ENOTDIR: "bagian jalurnya bukan folder",
    errno.EEXIST: "sudah ada",
    errno.ENOTEMPTY: "foldernya tidak kosong",
    errno.EBUSY: "sedang dipakai",
    errno.EROFS: "disk hanya-baca",
    errno.ENOSPC: "disk penuh",
    errno.EDQUOT: "jatah disk habis",
    errno.EFBIG: "berkas terlalu besar",
    errno.EIO: "disk gagal membaca atau menulis",
    errno.ESTALE: "disk jaringan terputus",
    errno.ENOTCONN: "disk jaringan terputus",
    errno.ETIMEDOUT: "tidak menjawab",
    errno.EMFILE: "terlalu banyak berkas terbuka",
    errno.ENFILE: "terlalu banyak berkas terbuka",
    errno.ENAMETOOLONG: "namanya terlalu panjang",
    errno.ELOOP: "tautannya berputar",
    errno.ENOMEM: "memori habis",
    errno.EADDRINUSE: "sedang dipakai program lain",
    errno.EADDRNOTAVAIL: "bukan alamat mesin ini",
}


def reason(error: OSError) -> str:
    """Return why the system refused; its own words where there are none of ours."""
    return _REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
