"""Texts for the tests of urgency and of two problems: our own, in no corpus and no test set."""

URGENT = (
    "palang pintu rel deket pasar ga turun2 dari tadi sirinenya juga diem, orang pada nyelonong",
    "lampu merah simpang lima mati total, barusan dua mobil adu banteng sopirnya belum bisa keluar",
    "bus sekolah remnya blong mepet jurang, anak2 masih di dalam semua",
    "jembatan bambu ke sekolah talinya putus sebelah, bocah2 masih dipaksa lewat tiap pagi",
    "tiang lampu taman kesetrum anak SD tadi sore, sampai sekarang masih nyetrum belum dimatikan",
    "kabel jatuh ke kolam depan rumah, ikan pada ngambang, anak2 main deket situ",
    "trafo ngeluarin asap sama bunyi mendesis pas di atas warung, tolong pln",
    "bau gas nyengat banget di gang kami dari jam 7, warga pada pusing ga berani nyalain kompor",
    "ada drum bocor di truk yang parkir depan sd, cairannya bikin mata pedih anak2 pada batuk",
    "asap dari pabrik karet bikin sesak, dua lansia udah dilarikan ke igd malam ini",
    (
        "pohon asem depan halte udah mau rubuh, akarnya kecabut, angin kenceng, orang pada "
        "neduh di bawahnya"
    ),
    "tembok sekolah miring ke arah tempat anak2 baris, retaknya nambah tiap jam",
    "plafon puskesmas ambrol nimpa pasien, masih ada yang di bawah reruntuhan",
    "rumah tetangga amblas ke sungai, penghuninya kakek sendirian di dalam",
    "air udah se dada, kami di atap bawa bayi, hp tinggal 5 persen",
    "arus sungai deras ada anak nyangkut di batu tengah kali tolong cepat",
    "longsor nutup jalan, ada mobil ketimbun, kedengeran klakson dari dalam",
    "ibu hamil di RT 3 ketubannya pecah, banjir, ga ada perahu yang mau jemput",
    "bapak saya kena serangan jantung, rumah sakit bilang penuh semua, kami di parkiran",
    "anak saya kejang dari tadi, puskesmasnya tutup, ga ada dokter jaga",
    "stok darah O kosong, istri saya pendarahan habis lahiran, PMI ga jawab",
    "oksigen di puskesmas habis, pasien asma masih dibaringkan di kursi",
    "satu keluarga keracunan jamur, tiga orang muntah2 lemes, ambulans ga bisa masuk gang",
    "digigit ular hijau di sawah, tangan udah bengkak sampe siku, puskesmas ga punya serum",
    "anak saya kena cakar monyet, lukanya dalem, klinik hewan sama puskesmas saling lempar",
    "kakek sebatang kara ga keluar rumah 3 hari, bau dari dalam, tolong dibuka pintunya",
    "bayi ditinggal di kardus depan kantor lurah, masih bernapas, menggigil",
    "ada ibu muda nangis di pinggir jembatan bilang mau nyusul anaknya yang meninggal",
    "adek kelas saya kirim pesan pamit, katanya besok udah ga ada, nomornya ga aktif sekarang",
    "temen kos nyayat tangan, darahnya banyak, ga mau dibawa ke rs",
    "suaminya ngamuk lagi, istrinya lari ke rumah saya mukanya lebam, dia nyusul bawa linggis",
    "anak tetangga 5 tahun diikat di tiang dapur, nangis dari semalam, ibunya pergi",
    "keponakan saya disekap pacarnya di kos, hp dimatiin, kemarin sempat kirim lokasi",
    (
        "anak perempuan saya belum pulang dari sekolah sejak kemarin siang, terakhir naik "
        "motor sama om om kenalan fb"
    ),
    "majikan nyiram air panas ke ART, sekarang dikunci di kamar belakang",
    "tki asal kampung kami ditahan agennya, paspor diambil, minta dijemput",
    "odgj bawa balok kejar2 orang di pasar, satu ibu kepalanya bocor",
    "geng motor nyerang warung kopi, pada bawa gergaji, dua orang kena sabet",
    "ada yang nembakin senapan angin ke rumah2, kaca anak saya pecah, orangnya masih di lapangan",
    "ribut antar kampung lagi lempar2an batu, anak ngaji kejebak di mushola",
    "debt collector maksa masuk rumah, ibu saya didorong sampai jatuh, sekarang masih gedor2",
    "pegawai galian ketimbun tanah di proyek drainase, baru kelihatan tangannya",
    "kuli jatuh dari lantai 3 proyek ruko ga pake pengaman, ga gerak, mandor malah nyuruh bubar",
    "kebakaran lahan nyampe pager rumah, damkar satu doang airnya abis",
    "kompor meledak di kios gorengan, apinya udah sampe plafon",
    "anjing rabies keliaran di komplek, udah gigit dua anak hari ini",
    "tawon vespa bersarang di kelas, guru kesengat sampe pingsan",
    "cuci darah bapak saya ditolak karna BPJS mati, jadwalnya hari ini, badannya udah bengkak",
    "obat jiwa anak saya kosong di puskesmas, dia mulai ngancem mau bakar rumah",
    "lift rumah sakit macet, di dalam ada pasien pake ventilator",
)
"""Life, safety or violence is at stake now."""

CALM = (
    "kabel internet di gang semrawut, minta dirapikan biar enak dilihat",
    "jembatan depan balai desa catnya pudar, tolong dicat lagi sebelum 17an",
    "pohon di taman kurang terawat, daunnya kering",
    "banjir tiap tahun, kapan normalisasi sungai dikerjakan",
    "puskesmas penuh, antre dokter gigi dari jam 6",
    "lampu jalan di tikungan mati seminggu, gelap",
    "anjing tetangga berisik tiap malam",
    "sudah lama atap pasar bocor, pedagang rugi",
    "guru anak saya suka marah marah di kelas, mohon dibina",
    "kereta sering telat berhenti di stasiun kota, jadwalnya gimana",
    "tetangga bakar sampah sore sore, asapnya ganggu",
    "obat di puskesmas sering habis, disuruh beli di apotek",
    "terima kasih damkar sudah evakuasi ular kemarin, cepat sekali datangnya",
    "simulasi kebakaran di kantor walikota hari ini jam 9, jangan panik ya warga",
    "anak saya menangis minta sekolah di SMP itu, zonasinya bagaimana pak",
    "orang tua saya mau ganti kartu bpjs yang patah, kemana ya",
    "tolong segera aspal jalan depan rumah, debunya masuk",
    "motor saya jatuh di lubang itu bulan lalu, sekarang tambah lebar lubangnya",
    "vaksin rabies kucing gratis hari ini di mana lokasinya",
    "film tentang tawuran pelajar tayang malam ini, nonton yuk",
    "ibu saya sakit lutut, ada program operasi gratis ga min",
    "harga gas naik, ibu ibu menjerit",
    "sungai kotor, dulu waktu kecil saya berenang di situ",
    "pagar jembatan karatan, mohon dicat",
)
"""Words of danger in what can wait, is over or is none."""

TWO_PROBLEMS = (
    ("jalan depan sd berlubang dalam, lampu jalannya juga mati udah sebulan", "dpupr", "dishub"),
    (
        "Got mampet bikin banjir tiap hujan, sampah di TPS sebelahnya juga tidak pernah diangkut",
        "dpupr",
        "dlh",
    ),
    (
        "pkl pada jualan di trotoar, ditambah parkir liar bikin macet sepanjang jalan pasar",
        "satpolpp",
        "dishub",
    ),
    (
        (
            "puskesmas antreannya dari subuh baru dilayani jam 11, jalan masuknya juga rusak "
            "parah penuh lubang"
        ),
        "dinkes",
        "dpupr",
    ),
    (
        "Air PDAM mati 5 hari. Galian pipanya dibiarkan, aspal jalan jadi ambles dan berlubang",
        "pdam",
        "dpupr",
    ),
    ("listrik padam dari pagi, air pdam ikut mati pula. gimana mau mandi", "pln", "pdam"),
    (
        "Pasar becek bau, atapnya bocor. Belum lagi preman minta uang keamanan ke tiap lapak",
        "disdagkop",
        "satpolpp",
    ),
    (
        "bansos mamah saya ga keluar dari maret, KK juga belum jadi2 padahal udah 3 bulan ngurus",
        "dinsos",
        "disdukcapil",
    ),
    (
        (
            "Lampu merah perempatan mati, macet parah. Polusi asap pembakaran sampah di dekat "
            "situ juga bikin sesak"
        ),
        "dishub",
        "dlh",
    ),
    (
        "tower dibangun tanpa izin dekat rumah, malamnya karaoke sebelah berisik sampe jam 3",
        "dpmptsp",
        "satpolpp",
    ),
    (
        (
            "Irigasi sawah kering, pupuk subsidi susah didapat, dan jalan usaha tani hancur kena "
            "truk galian"
        ),
        "distan",
        "dpupr",
    ),
    (
        "gaji kami 2 bulan ga dibayar pabrik, limbahnya juga dibuang ke kali sampe ikan mati",
        "disnaker",
        "dlh",
    ),
    ("Rusunawa liftnya mati 3 minggu, air pdam juga cuma nyala malam", "disperkim", "pdam"),
    (
        (
            "kades potong BLT 100rb per orang. jalan desa yang katanya pakai dana desa juga udah "
            "hancur lagi"
        ),
        "dpmd",
        "dpupr",
    ),
    (
        "wifi publik di taman mati terus, lampu tamannya padam jadi gelap banyak yg mojok",
        "diskominfo",
        "dishub",
    ),
    (
        "PBB saya naik 3x lipat tanpa pemberitahuan, petugas loketnya minta uang rokok pula",
        "bapenda",
        "inspektorat",
    ),
    (
        "dokter di puskesmas ga pernah ada, obat juga kosong. kis mertua malah dinonaktifin dinsos",
        "dinkes",
        "dinsos",
    ),
    (
        "dalan ngarep omah bolong kabeh, selokane yo mampet ambune badeg, sampah ora dijupuk",
        "dpupr",
        "dlh",
    ),
    ("jalan leueur pinuh lobang, lampu jalan ge pareum geus dua bulan", "dpupr", "dishub"),
    (
        "angkot ngetem sembarangan bikin macet, preman terminal juga malakin penumpang",
        "dishub",
        "satpolpp",
    ),
    (
        "Taman kota gelap lampunya mati, ditambah banyak gelandangan tidur di bangku",
        "dishub",
        "dinsos",
    ),
    (
        "lapangan bola rusak ga diurus, trotoar depannya dipake jualan sampe orang turun ke jalan",
        "disporapar",
        "satpolpp",
    ),
    (
        "e-ktp saya 8 bulan ga jadi, pas ditanya petugasnya bentak2 malah minta duit biar cepet",
        "disdukcapil",
        "inspektorat",
    ),
    ("Sungai penuh sampah, tanggulnya juga retak, warga takut banjir lagi", "dlh", "dpupr"),
    (
        "sekolah anak saya kebanjiran terus karena got depan mampet, wc nya juga rusak semua",
        "disdik",
        "dpupr",
    ),
    (
        (
            "kabel PLN menjuntai rendah di depan rumah, pohon besar di sebelahnya juga lapuk "
            "belum dipangkas"
        ),
        "pln",
        "dlh",
    ),
    (
        "beras di pasar naik terus, gas melon 3kg langka pula. mana bansos ga turun2",
        "disdagkop",
        "dinsos",
    ),
    (
        "minimarket buka di sebelah pasar tanpa izin, parkirannya makan badan jalan bikin macet",
        "dpmptsp",
        "dishub",
    ),
    (
        "suami tetangga mukulin istrinya tiap malam, anaknya juga sudah setahun gak sekolah",
        "dp3a",
        "disdik",
    ),
)
"""Text, and the two OPD that have a part in it."""

ONE_PROBLEM = (
    "jalan depan pasar berlubang parah dan becek, motor banyak yang jatuh, tolong diaspal",
    "lampu jalan mati dari ujung gang sampai masjid, gelap, takut begal, tolong diganti",
    "air pdam keruh dan bau, buat mandi gatal, buat wudhu juga ga berani",
    "sampah numpuk di depan sekolah, bau, anak anak pada nutup hidung kalau lewat",
    "mau tanya syarat pindah KK sama bikin KIA sekalian bisa di kecamatan ga ya?",
    "antre di puskesmas dari jam 6 dipanggil jam 10, dokternya datang telat, parkirnya juga sempit",
    "listrik mati lagi, token baru diisi, kulkas rusak, anak bayi kepanasan",
    "parkir liar di depan rumah sakit bikin ambulans susah masuk, petugas dishub tutup mata",
    "got depan rumah mampet, kalau hujan air masuk ke rumah sampai dapur, kasur basah semua",
    "anak saya ga keterima di SMP negeri padahal rumah dekat, zonasinya gimana sih",
    "bansos PKH ibu saya dicoret padahal janda tua, tetangga yang punya mobil malah dapat",
    "pedagang kaki lima di trotoar depan stasiun, pejalan kaki terpaksa turun ke jalan",
    "THR belum dibayar, sudah lapor ke dinas, disuruh menunggu, padahal lebaran sudah lewat",
    "pohon besar depan kantor pos lapuk, takut nimpa orang lewat dan kabel listrik",
    "harga cabai naik, minyak goreng juga naik, pedagang kecil menjerit pak",
    "bus kota telat terus, haltenya rusak, jadwal di aplikasi ga sesuai",
    "tetangga bakar sampah tiap sore, asapnya masuk rumah, bayi saya batuk",
    (
        "KTP hilang, mau urus harus ke polsek dulu atau langsung disdukcapil? sekolah anak "
        "butuh fotokopinya"
    ),
    "usul taman bermain anak di dekat puskesmas dan sekolah biar anak ga main di jalan",
    "jembatan ke pasar putus, warga muter 5 kilo, anak sekolah dan pedagang paling susah",
    "tarif parkir di pasar 5000 ga ada karcis, jukirnya galak",
    "guru di SD anak saya sering bolos, murid disuruh nyatat terus, kepala sekolah diam",
    (
        "pungli di kelurahan buat surat keterangan 50rb, tidak ada kuitansi, lurah pura pura "
        "tidak tahu"
    ),
    "wifi gratis di alun alun lemot, ga bisa buat zoom, mahasiswa kasihan",
)
"""One problem, in several parts and with words of other topics."""
