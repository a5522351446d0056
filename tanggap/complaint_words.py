"""What words are in complaints: markers of places, no names, other spellings. Words only.

What `tanggap.incidents` compares texts by. ORDINARY are the words that complaints about four or
more sectors share, in Indonesian with its Javanese and Sundanese neighbours.
"""

STREET = frozenset({"jalan", "jl", "gang"})
SURE = frozenset({"jl", "gang", "kampung", "dusun", "rusun"})
"""Behind these stand names, even such as are words of every day: "Kampung Sawah"."""
NUMBERED = frozenset({"rt", "rw", "km", "blok", "sd", "smp", "sma", "smk"})
BUILDINGS = frozenset((
    "pasar", "simpang", "pertigaan", "perempatan", "jembatan", "perumahan", "komplek", "sd", "smp",
    "sma", "smk", "puskesmas", "rsud", "terminal", "stasiun", "masjid", "lapangan", "taman", "tps",
    "kampung", "kelurahan", "desa", "dusun", "spbu", "kali", "sungai", "halte", "bundaran",
    "underpass", "flyover", "gor", "tugu", "rusun", "posyandu", "kecamatan", "gedung", "situ",
))  # fmt: skip
MARKERS = STREET | BUILDINGS
"""Words that stand before names; that two texts share them says little."""
OF_ANY = frozenset({"raya", "negeri", "swasta", "umum"})
ONE_IN_TOWN = frozenset({"rsud", "terminal", "stasiun", "gor", "tugu"})
"""Buildings that need no name."""
HALF = frozenset((
    "bukit", "griya", "graha", "nusa", "gajah", "taman", "pondok", "bumi", "villa", "tanjung",
    "teluk", "al", "nurul", "sri", "pasar", "gunung", "sultan", "pangeran", "raden",
    "jenderal", "jendral", "ahmad", "haji", "kyai", "dewi", "ibu", "otto", "letjen", "lingkar",
))  # fmt: skip
"""Words that begin many names and make one only together with the next."""
SAME = {
    "jln": "jl", "jlan": "jalan", "ujan": "hujan", "gede": "besar",
    "gedhe": "besar", "jalanan": "jalan", "gg": "gang",
    "perum": "perumahan", "kompleks": "komplek", "kel": "kelurahan", "kec": "kecamatan",
    "kp": "kampung", "kpg": "kampung", "ds": "desa", "dsn": "dusun", "mesjid": "masjid",
    "sdn": "sd", "smpn": "smp", "sman": "sma", "smkn": "smk", "pkm": "puskesmas", "rs": "rsud",
    "dpn": "depan", "deket": "dekat", "dkt": "dekat", "blakang": "belakang", "sebrang": "seberang",
    "prapatan": "perempatan", "pertelon": "pertigaan",
    "lobang": "lubang", "berlobang": "lubang", "bolong": "lubang", "padam": "mati", "aer": "air",
    "banyu": "air", "ledeng": "pdam", "tergenang": "banjir", "terendam": "banjir",
    "kebanjiran": "banjir", "kerendem": "banjir", "genangan": "banjir", "runtuh": "ambruk",
    "roboh": "tumbang", "ambrol": "ambruk", "bacin": "bau", "busuk": "bau", "numpuk": "tumpuk",
    "mampet": "sumbat", "tersumbat": "sumbat", "penerangan": "lampu", "pju": "lampu",
    "gelap": "lampu", "nyala": "hidup", "kecelakaan": "tabrak", "laka": "tabrak",
    "dibuang": "buang", "ngalir": "alir", "keluar": "alir", "netes": "alir",
}  # fmt: skip
"""Other spellings and names of one thing."""
SILENT = frozenset((
    "ada", "aja", "akan", "aku", "anda", "apa", "apakah", "atau", "ayo", "bagaimana", "banget",
    "bang", "bapak", "banyak", "belum", "biar", "bisa", "blm", "bos", "bu", "buat", "cepat", "coba",
    "dan", "dapat", "dari", "dengan", "dg", "dgn", "dia", "dong", "dr", "ga", "gak", "gimana",
    "gitu", "gmn", "halo", "hari", "harus", "ibu", "ini", "itu", "jadi", "jam", "jangan", "juga",
    "kah", "kak", "kalau", "kalo", "kami", "kan", "kapan", "karena", "kasih", "katanya", "kemarin",
    "kita", "klo", "kok", "lagi", "lah", "lama", "lebih", "lho", "loh", "maaf", "malah", "malam",
    "masa", "masih", "mau", "min", "minta", "mohon", "mulai", "nih", "nya", "oleh", "orang",
    "pada", "padahal", "pagi", "pak", "para", "parah", "pas", "pemerintah", "pemkot", "perlu",
    "pun", "punten", "saja", "sama", "sampai", "sampe", "sana", "sangat", "saya", "sdh", "sdah",
    "sebelum", "sekali", "sekarang", "selalu", "semoga", "semua", "sering", "siang", "sih", "sini",
    "sore", "sudah", "supaya", "tadi", "tak", "tapi", "tau", "terima", "terus", "tidak", "tindak",
    "tlg", "tolong", "tp", "trs", "udah", "udh", "untuk", "utk", "wah", "walikota", "wali", "ya",
    "yah", "yang", "yg", "di", "ke", "dekat", "depan", "belakang", "samping", "seberang", "arah",
    "sekitar", "daerah", "wilayah", "area", "warga", "ujung", "dinas", "terkait", "segera",
    "perhatian", "perhatikan", "kondisi",
    "seperti", "kayak", "tahun", "bulan", "minggu", "bertahun", "tiap", "setiap", "makin",
    "semakin", "sejak", "lanjut", "respon", "ditindaklanjuti", "kota", "bahaya", "mas", "mbak",
    "gan", "guys", "lur", "kang", "teh", "lapor", "laporan", "info", "kpd", "kepada", "yth",
    "no", "nomor",
))  # fmt: skip
"""Words that any complaint may hold."""
NO_NAME = frozenset((
    "rumah", "depan", "belakang", "kiri", "kanan", "tengah", "pinggir", "atas", "bawah", "besar",
    "kecil", "utama", "raya", "baru", "rusak", "lubang", "mati", "banjir", "macet", "sampah",
    "lampu", "hujan", "bau", "hidup", "tumpuk", "dalam", "luar", "aspal", "umum", "ambruk",
    "tumbang", "sumbat", "buang", "alir", "motor", "mobil", "pohon", "sebelah", "sepanjang",
    "gede", "sempit", "kotor", "retak", "lewat", "tikus", "negeri", "swasta", "dekat",
    "tempat", "ramai", "sepi", "milik", "debu", "licin", "gelombang", "tanah", "becek", "putus",
    "gantung", "blok", "induk", "relokasi", "blangko", "futsal", "basket", "voli", "kesenian",
    "seberang", "adat", "sana", "menuju", "tempat", "utama", "sini", "mana", "warga", "penghubung",
))  # fmt: skip
"""What stands behind "jalan" or "pasar" without being its name."""
PASSING = frozenset((
    "macet", "tabrak", "kebakaran", "kebakar", "terbakar", "demo", "antre", "antri", "antrean",
    "antrian", "mogok", "tawur", "asap",
))  # fmt: skip
"""What is over within hours: the next day's is another one."""
BEFORE = ("meng", "meny", "mem", "men", "peng", "pem", "pen", "ber", "ter", "ke", "di", "se", "me")
BEHIND = ("nya", "kan", "lah", "an", "in", "i")
SWALLOWED = {"men": "t", "pen": "t", "mem": "p", "pem": "p", "meny": "s"}
"""The letter that a beginning takes from a word: "menumpuk" is from "tumpuk"."""
ORDINARY = frozenset(
    """
abang abdi abis absen acara adek adik adikku adil admin administrasi ado aduan agar agen agustus
ahli air ajaib ajak aje ajukan akar akeh akhir akibat akta aktif aktivasi akun alah alamat alasan
alat alesan alhamdulillah allah almarhum alun ama aman amat ambil ambulans ambune ampe amplop ampun
ana anak anakku ane anggaran anggota angin angka angkat angkatan angkot angkut angkutan anjing
antar antara anti antre antrean antri antrian anu apaan ape apek api aplikasi apotek app april arah
area arek arep ari arisan armada arus asal asem aset asli asup atanapi atap atuh aturan awal aya
ayah ayam aye ayeuna baca badan bade badhe bae bagi bagian bagus bahan bahasa bahkan bahu bahwa
baik baju bak bakal bakar bakso bakul balai balap balas bali baliho balik balita ban bangku bangun
bangunan bank bansos bantaran bantu bantuan banyune bapa bapakku bar barang barcode bareng bari
barudak barusan basah bata batas batik batuk bawa bawang bayar bayi bebas beberapa becak beda
begadang begini begitu bekas bekerja belajar belanja beli beliau belom ben benar bendahara bener
beneran benerin bengi bengkak bengkel bening bensin berangkat berani berapa beras berat berbeda
berdarah berdiri berdua beres bergantian berhasil berhenti berita berjalan berkah berkas berkat
berlaku berlangsung berobat bersih bersurat berturut berubah berupa besi besok bestie betah beton
betul bgt biasa biaya bibit bicara bidan biji bikin bila bilang bingung bio biru bis biskuit biyen
bkn blas blk blkg bln blt bocah bocor boga bohong bokap bola bolak boleh bongkar bor botol box bpjs
bpk brp bubar bubur budak buka bukan bukti buku bun bunga bungkus bunyi bupati buruh burung bus
buta butuh cabut cadangan cah cai cair cakep caleg call calo calon camat campur can cap capek cara
carane cari cat catat cctv cedhak cek cenah centang center cepet cerai cerita cetak cewek chat
cibereum cicilan cilik cilok cocok coklat copot cowok cuci cucian cucu cukup cuma cuti dada dadi
daerah daftar dagang dagangan daging dah dahan dalan dalem dana dapet daptar dapur darah daripada
darurat dasar data datang dateng daun deh demam demi denda dereng deres desember detik deui
developer dewasa dewe diadakan diajak diajukan dialihkan diam diambil diancam dianggap diangkat
diangkut diarahkan diatur dibaca dibagi dibagikan dibalas dibales dibangun dibantu dibawa dibayar
dibayarkan dibeli dibenerin dibere diberi diberikan dibersihkan dibikin dibilang dibongkar dibuka
dibutuhkan dicabut dicari dicat dicatat dicek dicicil dicolong dicor dicoret dicuri didaftarkan
didampingi didatangi diduga diem dieu difabel difoto digaji diganti digembok digendong digeser
digital dihapus dihitung dihubungi diisi dijadwalkan dijamin dijanjikan dijawab dijemput dijual
dijupuk dikembalikan dikirim dikit dikon dikunci dilakukan dilarang dilempar dilihat dilindungi
dimakan dimana dina dinding dini dinkes dino dinsos dinten dipajang dipakai dipake dipanggil
dipasang dipatok dipegang diperbaiki diperiksa diperpanjang dipersulit dipindah dipingpong dipotong
diproses dipukul dipun dipungut dirahasiakan dirawat diri disabilitas disediakan disegel diserahkan
disertai disetor disewakan dishub disik disini diskon disuruh ditagih ditahan ditakoni ditambah
ditanggung ditarik ditaro ditata ditegur ditelpon ditempel ditemukan ditertibkan ditinggal ditinjau
ditolak ditulis ditunggu ditunjuk diturunkan ditutup diukur diundang diurus diusir diusulkan
diwenehi dlh dlm dmn doa doang dobel dokter dokumen domisili dompet dorong doyong dpt drop drpd
drum dtg dua dudu duduk dugi duit dukcapil dulu duluan dus duwe ekor elektronik emak emang emas
ember empat emperan enak enam endi engga engkong enjing entah entek entuk error esuk eta euy ewu
februari festival follow formalitas formulir foto fotokopi free full gabah gada gaes gagal gajah
gaji galak galian galon gambar gamelan gampang gangguan ganti gantian gaptek gapura garasi garing
gas gatal gawe gedhe gelar gelem genset genteng gerak gerbang gerimis gerobak geus gigi gila
giliran gini golongan goreng gorengan got gotong goyang gratis grup gua gudang gue gula gulita guru
habis hadiah hadir hajatan haji hal halal halaman hamil hampir hangus hanyut harap harga hasil hati
hebat hehe hektar helm hemat hendak heula hewan hibah hiburan hijau hiji hilang hilir hingga hitam
honor honorer hormat hotel hotline hrs hubungi hukum hulu hungkul hutan identitas ieu igd ijazah
ijin ijo ikan ikhlas iki iku ikut ilang imah indak informasi ing ingin ingkang insentif internet
inyong ipal iraha irigasi isi isih isin iso istirahat istri isuk item iuran iya izin jadwal jaga
jago jahit jajan jalur jamaah jaman jaminan janda janji jantung januari jarak jarang jare jarene
jari jaringan jasa jatah jatoh jatuh jauh jawab jawaban jawabane jebol jelas jempol jemput jemuran
jenazah jendela jenenge jentik jeung jgn jika jiwa jual jualan juara judi jujur juli jumat juni
juragan juru justru juta jutaan kabar kabeh kabel kabupaten kabur kaca kadaluarsa kadang kader
kades kadis kae kafe kaga kagak kaget kakak kakek kaki kalah kalih kaliyan kamar kamari kambing
kamis kampungku kampus kamu kana kandang kangge kanggo kantong kantor kaos karaoke karatan karcis
kardus karna karnaval karo kartu karung karyawan kas kasian kasur kata katarak katering kavling
kawasan kawin kawit kaya kebagian kebak kebakar kebakaran keberatan kebersihan kebo kebuka kebun
keburu kedah kedip kedua kegiatan kejepit kek kelar kelas keliatan kelihatan keliling kelompok
keluarga kemana kemarau kemaren kembali kena kenal kenapa kencang kenceng kendaraan kene keneh
kepala kepanasan kepleset keponakan kepotong kepriben keramik keran keras keren kering keringanan
kerja kerjo keropos kertas keruh kerupuk kesehatan ketawa ketemu keterangan ketiga ketik ketika
ketua ketutup keuangan khusus kilo kini kios kira kirain kirim kiriman kite kitu kiye klaim klinik
kmrn kode kolam kolom komen komentar komplain komputer komunitas kon kono konser konsultasi kontak
konter kontrak kontrakan kontrol koperasi korban kos kosan kosong kotak koyo kpn kran kredit krn
ktp kuat kuburan kucing kudu kue kuitansi kula kuliah kuliner kulit kulkas kulo kumaha kunci kuning
kunjungan kuota kurang kursi kuto kuwi kyk lahan lahir lahiran lain laki lalu lamaran lan lancar
langganan langit langsung lansia lantai lapak lapuk larangan lari las latihan laundry lawas layak
layanan layar lebar lebaran lebat legalisir lele lemah lembar lembur lempar lengkap lepas leres les
lgsg lha liar liat libur lift lihat lima lingkungan link lintas lipat listrik liter live liwat
lokal lokasi loker loket lolos lomba longsor loro lorong los lowongan lucu ludes luka lulus lulusan
lumpuh lumpur lunas lupa lurah lusa lutut madrasah magang magrib mah mahal mahasiswa main makam
makan makanan makasih make maksa maksimal mal malem malih maling mall malu mama mamah mampir mampu
mana mancing mandi mandiri mandor mane maneh mangan manggil mangkat mangkrak mantan manusia marah
maret masak masang massal masuk masyarakat mata material matur mbah mbayar mbok mboten mburi
mediasi meh mei meja melahirkan melalui melayani melihat melu memakai memang memanjang memasang
membangun membantu membawa membayar membeli membentak memberi membuka memeriksa meminta memungut
memutar menangis menarik menawi mendadak mending mendirikan menegur meneh menempel mengadakan
mengadu mengajukan mengaku mengambil mengurus mengusulkan menika menikah meninggal menit menjadi
menjawab menolak mental menuju menunggu menurut menutup menyala menyengat menyuruh menyusul merah
merapat mereka mergo mertua mesin mesti meter metu mie mikir minimal minimarket minum minyak miring
miskin mlaku mlayu mlebet mlebu mlm modal modern mogok mosok motong mpp msh muda mudik mugi muka
mulih mulu mulus mulut mun muncul mundur mung mungkin muntah murah murangkalih murid musala mushola
musholla musik musim musrenbang musyawarah mutasi muter naek naha nahan naik nak nama nambah namun
namung nang nanggung nanging nangis nanti naon napa narik naroskeun nasi nasib nasional nawarin
ndek nduwe nek nelpon nempel nenek neng nepi nerima ngadeg ngadu ngaji ngajuin ngaku ngamuk ngan
nganggo nganggur ngangkat ngangkut nganti ngantri ngarep ngasih ngecek ngeluh ngene ngenteni ngeri
ngetik ngga nggak nggih nggo nggonku nggowo ngilang ngisi ngisor ngomong ngono ngontrak ngopi
ngungsi ngurus nib nihil nik nikah nikahan niki niku nilai nimpa njaluk nol nolak nomer nomor non
nongkrong nongol nonton nopo normal nulis numpang nunggak nunggu nutup nuwun nyambung nyampe nyamuk
nyang nyangkut nyapu nyari nyaris nyawa nyebrang nyewa nyogok nyong nyuruh nyuwun obat oge ojek ojo
ojol oknum oktober olahraga omah omahe omahku ongkos online ono onok opat open operasi operator opo
ora oranye org orok ortu pabrik padat padi paeh pagar pager paguyuban paha paham pajak pajangan
pakai pake paket paku palih paling palsu panas panen pangan panggil panggilan panggung pangkalan
panik panitia panjang pantai panti papan parang parit parkir parkiran pasang pasangan pasca pasien
pasti patah patungan paud payuneun payung pbb pdam pdhl pecah pecel pedagang pegang pegawai pejabat
pekan pekerja pekerjaan pelaku pelan pelanggan pelapor pelat pelatihan pelayanan pemasangan
pembangunan pembeli pemberitahuan pembinaan pemda pemeliharaan pemeriksaan pemilihan pemilik pemilu
penampungan penanganan pencairan pendaftaran pendamping pendampingan pendidikan pendopo pengaduan
pengajian pengajuan pengalaman pengantar pengelola pengembang pengen pengendara pengganti
penggilingan penghuni pengurus penjaga penjelasan penjual pensiun pensiunan penting penuh
penyandang penyuluh per perahu perak perangkat perbaikan percaya percuma perda perempuan pergi
periksa peringatan permanen permisi permohonan permukiman pernah perorangan persen persis
persyaratan pertama pertanyaan perubahan perusahaan pesan peserta peta petak petani peteng petir
petugas petunjuk peuting pick pihak pilih pilihan pin pindah ping pingsan pinjam pinjaman pinten
pintu pinuh pipa pipis pira piro pirsa pisan pisang piye pkh pkk pkl plafon plang plastik plat plis
pln pls plus pns podo pojok pol polisi polsek pom pompa ponakan pondok popok portal pos posisi
posko potong potongan prei pribadi prioritas pripun produk program proposal prosedur proses protes
provinsi proyek psikolog puasa publik pukul pula pulang pulau pulsa puluh puluhan pundi pungutan
pupr pupuk pusat pusing putih putri qris rabu racun rahasia rajin rak rakyat ramadan ramah rambu
rambut rame rampung ranting rapat rapi rasa rata ratusan rawan realisasi rebu rebutan receh regane
rek rekam rekening reklame rekomendasi rel relawan renang rendah resah resep resik resmi resto
retribusi ribet ribu ribuan ribut ringan robek robot roda rokok rombongan ronda rong rongsok rontok
roti royong ruang rugi rujukan ruko rumput rupiah rutin saat sabar sabaraha saben sabtu sabulan
saged saha saiki sajo sak saka sakali saking sakit sakniki sakola saksi salah saldo saling saluran
sambil sambung sambungan sami samping sampun sanget sanggup santri sapa sapi sapu saran sarang
sarapan sareng sari sarung sasi sasih satpam satpol satu satupun saudara sawah sayang sayur scan
sebab sebagai sebagian sebentar seberang seblak sebulan secara sedang sedangkan sederhana sedikit
sedino sedot sehari sehat sehingga sejam sekaligus sekeluarga sekilo sekitar sekolah selain selamat
selang selasa selebar seleksi selesai selokan seluruh semalem sembako sembarangan semen sementara
semester sempat sempet senam sendiri sendirian seng senin senter senyum separo separuh sepatu
sepeda sepihak sepinggang sepuh seragam serah serius serta sertifikat server sesuai sesuk setaun
setelah setinggi setor setoran setuju sewa sewu shift sholat siap siapa siapapun siapkan sidang
siji silakan simbah simpan sindang sing sinyal sisa sisi sistem siswa situs skrg skripsi slot soal
sobek sok soko solar solusi sopir sopo sosial sosialisasi spanduk spot stadion staf standar status
stiker stok story stroke struk suami suara subsidi subuh suka sukarela suket sukses sumbangan
sumpah sumur suntik supados surat suruh survei surya susah susu swadaya syarat syukur tabrak tabung
tag tagihan tah tahan tahap tahu takut tali tambah tambahan tamu tanam tanda tandon tangan tangga
tanggal tanggung tangki tani tanjakan tanpa tarif taruna tata taun tautan tawon tdk tebing teka
tekan teknis teknisi teko telah telat telepon telor telp telpon telu telung telur teman tembok
temen tempe ten tenaga tenan tenda tentang tepat terakhir terang teras terbakar terbit terbuka
tercatat terdaftar terhadap terhormat terjadi terlampir termasuk ternak ternyata terpaksa terpal
tersebut tersedia tertahan tertib tertulis tertutup tes tetangga tetap tetapi tetep teu tgl thn thr
thread tiang tiasa tiba tidur tiga tikar tiket tikungan tilu tim timbangan timur tinggal tinggi
tingkat tipe titik titip titipan tiyang toilet tok toko tombol ton tong tonggo tos total tower tpa
traktor transfer transparan trauma triwulan trotoar truk trus ttd ttp tua tugas tuh tujuh tukang
tukangeun tuku tulis tulisan tulung tumpukan tunai tunanetra tunggakan tunggu turu turun turut
tutup uang udan udara ujan uji ujian ujung ukur ulah ulang ular umkm umroh umur undangan undian
unggal unit untung upah upami update upload uptd urang urus urusan usah usaha usia usul usulan
utang vaksin verifikasi via video viral wae wafat wajib wakaf waktu walungan wani warga waris
warisan warna warnet warung web wedi wengi wes wewenang wifi wilayah wingi wis wiwit wkwk wong
wonten woy wulan yaa yatim yayasan yuta zaman zona zonasi
    """.split()  # noqa: SIM905 - two thousand words, one a line or in quotes, are no easier to read
)
PLAIN = SILENT | NO_NAME | MARKERS | ORDINARY
"""No names, unless they stand behind one of SURE."""
