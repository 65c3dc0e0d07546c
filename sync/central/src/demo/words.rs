use dayroom_protocol::{Consent, LANGUAGES, LocalText};

/// What everybody agrees to here.
pub(super) fn consent() -> Consent {
    Consent {
        version: 1,
        text: text([
            "Staff may read what you send and receive here, except messages with your attorney \
             or your clergy, which nobody here reads. Staff see that you used this screen and \
             when. If you do not agree, you can still write by paper mail.",
            "El personal puede leer lo que envía y recibe aquí, excepto los mensajes con su \
             abogado o su religioso, que aquí nadie lee. El personal ve que usó esta pantalla y \
             cuándo. Si no está de acuerdo, puede seguir escribiendo por correo en papel.",
            "Nhân viên có thể đọc những gì bạn gửi và nhận ở đây, trừ tin nhắn với luật sư hoặc \
             giáo sĩ của bạn; những tin nhắn đó không ai ở đây đọc. Nhân viên thấy rằng bạn đã \
             dùng màn hình này và vào lúc nào. Nếu không đồng ý, bạn vẫn có thể viết thư giấy.",
            "Anplwaye yo gen dwa li sa ou voye ak sa ou resevwa isit la, eksepte mesaj ak avoka ou \
             oswa manm klèje ou; pèsonn isit la pa li mesaj sa yo. Anplwaye yo wè ou te sèvi ak \
             ekran sa a ak kilè. Si ou pa dakò, ou ka toujou ekri lèt sou papye.",
            "工作人员可能会阅读您在这里发送和收到的内容，但您与律师或神职人员之间的消息除外，\
             那些消息这里没有人阅读。工作人员能看到您使用过这个屏幕以及使用的时间。\
             如果您不同意，仍然可以写纸质信件。",
            "يجوز للموظفين قراءة ما ترسله وتستلمه هنا، ما عدا الرسائل مع محاميك أو رجل دينك، فهذه \
             لا يقرؤها أحد هنا. يرى الموظفون أنك استخدمت هذه الشاشة ومتى. إذا لم توافق، فلا يزال \
             بإمكانك الكتابة بالبريد الورقي.",
        ]),
    }
}

/// Title and text of the notices on the wall.
pub(super) fn notices() -> [(LocalText, LocalText); 2] {
    [
        (
            text([
                "Law library",
                "Biblioteca jurídica",
                "Thư viện luật",
                "Bibliyotèk lalwa",
                "法律图书室",
                "المكتبة القانونية",
            ]),
            text([
                "Unit B: Tuesday and Thursday, 1 to 3 in the afternoon. Put your name on the \
                 list at the officer's desk the day before.",
                "Unidad B: martes y jueves, de 1 a 3 de la tarde. Anótese el día anterior en la \
                 lista del escritorio del oficial.",
                "Khu B: thứ Ba và thứ Năm, từ 1 đến 3 giờ chiều. Hãy ghi tên vào danh sách ở bàn \
                 của nhân viên vào ngày hôm trước.",
                "Inite B: madi ak jedi, 1è a 3è apremidi. Mete non ou sou lis la nan biwo ofisye a \
                 yon jou anvan.",
                "B 单元：星期二和星期四，下午 1 点到 3 点。请提前一天在值班人员的桌上登记姓名。",
                "الوحدة B: الثلاثاء والخميس، من 1 إلى 3 بعد الظهر. سجّل اسمك في القائمة عند مكتب \
                 الضابط قبل يوم.",
            ]),
        ),
        (
            text([
                "If someone hurts or threatens you",
                "Si alguien le hace daño o le amenaza",
                "Nếu có người làm hại hoặc đe dọa bạn",
                "Si yon moun fè ou mal oswa menase ou",
                "如果有人伤害或威胁您",
                "إذا آذاك أحد أو هددك",
            ]),
            text([
                "You can report sexual abuse or harassment to someone outside this facility, \
                 free and without giving your name: dial #77 from any phone in the unit.",
                "Puede denunciar abuso o acoso sexual a alguien de fuera de este centro, gratis \
                 y sin dar su nombre: marque #77 desde cualquier teléfono de la unidad.",
                "Bạn có thể báo việc lạm dụng hoặc quấy rối tình dục cho người ở ngoài cơ sở này, \
                 miễn phí và không cần nói tên: bấm #77 từ bất kỳ điện thoại nào trong khu.",
                "Ou ka rapòte abi seksyèl oswa asèlman seksyèl bay yon moun ki pa nan sant sa a, \
                 gratis epi san bay non ou: konpoze #77 sou nenpòt telefòn nan inite a.",
                "您可以免费、匿名地向本机构以外的人举报性侵犯或性骚扰：\
                 用单元里的任何电话拨打 #77。",
                "يمكنك الإبلاغ عن الاعتداء أو التحرش الجنسي لجهة خارج هذه المنشأة، مجانًا ودون ذكر \
                 اسمك: اطلب #77 من أي هاتف في الوحدة.",
            ]),
        ),
    ]
}

/// One text in every language, in the order of [`LANGUAGES`].
fn text(written: [&str; LANGUAGES.len()]) -> LocalText {
    let tags = LANGUAGES.iter().map(|language| language.tag.to_owned());
    LocalText(tags.zip(written.map(str::to_owned)).collect())
}
