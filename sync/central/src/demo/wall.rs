//! Pages that everybody may read: handbook, numbers to call, rights, and how to report.

use std::collections::BTreeMap;

use dayroom_protocol::{LocalText, NoticeBody, NoticeKind, UtcMillis};
use rand::RngCore;

use super::{DemoFacility, before};
use crate::central::Central;
use crate::operator::OperatorError;

/// A text by language; a language more is a line more.
type Words = &'static [(&'static str, &'static str)];

struct Page {
    kind: NoticeKind,
    must_acknowledge: bool,
    title: Words,
    text: Words,
}

const PAGES: [Page; 11] = [
    Page {
        kind: NoticeKind::Handbook,
        must_acknowledge: true,
        title: &[
            ("en", "Visits"),
            ("es", "Visitas"),
            ("vi", "Thăm gặp"),
            ("ht", "Vizit"),
            ("zh-Hans", "探访"),
            ("ar", "الزيارات"),
        ],
        text: &[
            (
                "en",
                "Visits are on Saturday and Sunday, from 9 in the morning to 3 in the afternoon.\n\n\
                 Three adults and any children may come at a time. Adults bring a picture ID. \
                 Nobody may bring phones, bags or food.\n\n\
                 A visit is cancelled only for a reason that is told to you in writing. If yours \
                 was cancelled, you can ask for another one at the officer's desk.",
            ),
            (
                "es",
                "Las visitas son los sábados y domingos, de 9 de la mañana a 3 de la tarde.\n\n\
                 Pueden venir tres adultos a la vez, y los niños que quieran. Los adultos traen \
                 una identificación con foto. Nadie puede traer teléfonos, bolsas ni comida.\n\n\
                 Una visita solo se cancela por un motivo que se le dice por escrito. Si \
                 cancelaron la suya, puede pedir otra en el escritorio del oficial.",
            ),
            (
                "vi",
                "Thăm gặp vào thứ Bảy và Chủ nhật, từ 9 giờ sáng đến 3 giờ chiều.\n\n\
                 Mỗi lần được ba người lớn và bao nhiêu trẻ em cũng được. Người lớn mang theo \
                 giấy tờ có ảnh. Không ai được mang điện thoại, túi hay thức ăn.\n\n\
                 Buổi thăm chỉ bị hủy vì một lý do được báo cho bạn bằng văn bản. Nếu buổi thăm \
                 của bạn bị hủy, bạn có thể xin buổi khác ở bàn của nhân viên.",
            ),
            (
                "ht",
                "Vizit yo fèt samdi ak dimanch, depi 9è nan maten jiska 3è apremidi.\n\n\
                 Twa granmoun ka vini alafwa, ak tout timoun. Granmoun yo pote yon pyès \
                 idantite ki gen foto. Pèsonn pa gen dwa pote telefòn, sak oswa manje.\n\n\
                 Yo anile yon vizit sèlman pou yon rezon yo di ou pa ekri. Si yo te anile pa ou \
                 a, ou ka mande yon lòt nan biwo ofisye a.",
            ),
            (
                "zh-Hans",
                "探访时间是星期六和星期日，上午 9 点到下午 3 点。\n\n\
                 每次可以来三位成人，儿童人数不限。成人要带有照片的证件。任何人都不能带手机\
                 、包或食物。\n\n\
                 取消探访必须有理由，并会书面告诉您。如果您的探访被取消，可以在值班人员的桌\
                 上申请另一次。",
            ),
            (
                "ar",
                "الزيارات يومي السبت والأحد، من 9 صباحًا إلى 3 بعد الظهر.\n\n\
                 يمكن أن يأتي ثلاثة بالغين في المرة الواحدة، وأي عدد من الأطفال. يحضر البالغون \
                 هوية عليها صورة. لا يجوز لأحد إحضار هواتف أو حقائب أو طعام.\n\n\
                 لا تُلغى الزيارة إلا لسبب تُبلَّغ به كتابةً. إذا أُلغيت زيارتك، يمكنك طلب \
                 زيارة أخرى عند مكتب الضابط.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Handbook,
        must_acknowledge: true,
        title: &[
            ("en", "Messages and this screen"),
            ("es", "Los mensajes y esta pantalla"),
            ("vi", "Tin nhắn và màn hình này"),
            ("ht", "Mesaj yo ak ekran sa a"),
            ("zh-Hans", "消息和这个屏幕"),
            ("ar", "الرسائل وهذه الشاشة"),
        ],
        text: &[
            (
                "en",
                "A message costs 25 cents. The price is shown before you send, and comes back to \
                 you if the message is not allowed.\n\n\
                 Staff read messages before they go out and decide within 3 days. Staff do not \
                 read messages with your attorney or your clergy.\n\n\
                 If a message is not allowed, you are told which rule it breaks. You can ask for \
                 another person to look at it.\n\n\
                 Keep your PIN to yourself. Nobody who works here will ask you for it.",
            ),
            (
                "es",
                "Un mensaje cuesta 25 centavos. El precio se muestra antes de enviar y se le \
                 devuelve si el mensaje no se permite.\n\n\
                 El personal lee los mensajes antes de que salgan y decide en un plazo de 3 días. \
                 El personal no lee los mensajes con su abogado o su religioso.\n\n\
                 Si un mensaje no se permite, se le dice qué regla incumple. Puede pedir que otra \
                 persona lo revise.\n\n\
                 No le dé su PIN a nadie. Nadie que trabaje aquí se lo pedirá.",
            ),
            (
                "vi",
                "Một tin nhắn tốn 25 xu. Giá được hiện trước khi bạn gửi, và được trả lại cho \
                 bạn nếu tin không được phép.\n\n\
                 Nhân viên đọc tin nhắn trước khi gửi đi và quyết định trong vòng 3 ngày. Nhân \
                 viên không đọc tin nhắn với luật sư hoặc giáo sĩ của bạn.\n\n\
                 Nếu một tin không được phép, bạn sẽ được báo tin đó trái với quy định nào. Bạn \
                 có thể xin một người khác xem lại.\n\n\
                 Hãy giữ kín mã PIN. Không nhân viên nào ở đây hỏi bạn mã đó.",
            ),
            (
                "ht",
                "Yon mesaj koute 25 santim. Pri a parèt anvan ou voye l, epi lajan an tounen \
                 jwenn ou si mesaj la pa gen pèmisyon.\n\n\
                 Anplwaye yo li mesaj yo anvan yo pati epi yo deside nan 3 jou. Anplwaye yo pa \
                 li mesaj ak avoka ou oswa manm klèje ou.\n\n\
                 Si yon mesaj pa gen pèmisyon, yo di ou ki règ li pa respekte. Ou ka mande yon \
                 lòt moun gade l.\n\n\
                 Kenbe PIN ou pou ou menm. Pèsonn k ap travay isit la p ap mande ou li.",
            ),
            (
                "zh-Hans",
                "一条消息收费 25 美分。发送前会显示价格，如果消息未获准，费用会退还给您。\n\n\
                 工作人员会在消息发出前阅读，并在 3 天内作出决定。工作人员不会阅读您与律师或\
                 神职人员之间的消息。\n\n\
                 如果消息未获准，会告诉您它违反了哪条规则。您可以请另一个人再看一次。\n\n\
                 不要把 PIN 码告诉别人。这里的工作人员都不会问您要 PIN 码。",
            ),
            (
                "ar",
                "ثمن الرسالة 25 سنتًا. يظهر الثمن قبل أن ترسل، ويعود إليك إذا لم يُسمح \
                 بالرسالة.\n\n\
                 يقرأ الموظفون الرسائل قبل أن تخرج ويقررون خلال 3 أيام. لا يقرأ الموظفون \
                 الرسائل مع محاميك أو رجل دينك.\n\n\
                 إذا لم يُسمح برسالة، تُخبَر بالقاعدة التي تخالفها. يمكنك أن تطلب من شخص آخر \
                 النظر فيها.\n\n\
                 احتفظ برمز PIN لنفسك. لن يسألك عنه أي شخص يعمل هنا.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Hotline,
        must_acknowledge: false,
        title: &[
            ("en", "Talk to somebody now"),
            ("es", "Hable con alguien ahora"),
            ("vi", "Nói chuyện với ai đó ngay"),
            ("ht", "Pale ak yon moun kounye a"),
            ("zh-Hans", "现在就找人谈谈"),
            ("ar", "تحدّث مع أحد الآن"),
        ],
        text: &[
            (
                "en",
                "If you cannot go on, or think of hurting yourself: dial #88 from any phone in \
                 the unit, day and night. It is free. Or tell any person who works here.",
            ),
            (
                "es",
                "Si ya no puede más o piensa en hacerse daño: marque #88 desde cualquier teléfono \
                 de la unidad, de día y de noche. Es gratis. O dígaselo a cualquier persona que \
                 trabaje aquí.",
            ),
            (
                "vi",
                "Nếu bạn không chịu nổi nữa hoặc nghĩ đến việc tự làm hại mình: bấm #88 từ bất \
                 kỳ điện thoại nào trong khu, ngày hay đêm. Miễn phí. Hoặc nói với bất kỳ ai \
                 làm việc ở đây.",
            ),
            (
                "ht",
                "Si ou pa kapab ankò, oswa ou panse fè tèt ou mal: konpoze #88 sou nenpòt \
                 telefòn nan inite a, lajounen kou lannwit. Li gratis. Oswa di nenpòt moun k ap \
                 travay isit la.",
            ),
            (
                "zh-Hans",
                "如果您撑不下去了，或想伤害自己：用单元里的任何电话拨打 #88，白天黑夜都可以\
                 ，免费。也可以告诉这里的任何工作人员。",
            ),
            (
                "ar",
                "إذا لم تعد تحتمل، أو فكرت في إيذاء نفسك: اطلب #88 من أي هاتف في الوحدة، ليلًا \
                 أو نهارًا. المكالمة مجانية. أو أخبر أي شخص يعمل هنا.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Hotline,
        must_acknowledge: false,
        title: &[
            ("en", "Support after sexual abuse"),
            ("es", "Apoyo después de un abuso sexual"),
            ("vi", "Hỗ trợ sau khi bị lạm dụng tình dục"),
            ("ht", "Sipò apre yon abi seksyèl"),
            ("zh-Hans", "遭受性侵犯后的支持"),
            ("ar", "الدعم بعد الاعتداء الجنسي"),
        ],
        text: &[
            (
                "en",
                "Counselors from outside this facility listen and help: dial #78. The call is \
                 free, is not recorded and is not listened to.",
            ),
            (
                "es",
                "Consejeros de fuera de este centro le escuchan y ayudan: marque #78. La llamada \
                 es gratis, no se graba y nadie la escucha.",
            ),
            (
                "vi",
                "Các cố vấn ở ngoài cơ sở này lắng nghe và giúp bạn: bấm #78. Cuộc gọi miễn \
                 phí, không bị ghi âm và không ai nghe.",
            ),
            (
                "ht",
                "Konseye ki pa nan sant sa a ap koute ou epi ede ou: konpoze #78. Apèl la \
                 gratis, yo pa anrejistre l epi pèsonn pa koute l.",
            ),
            (
                "zh-Hans",
                "本机构以外的辅导员会倾听并帮助您：拨打 #78。通话免费，不录音，也没有人监听\
                 。",
            ),
            (
                "ar",
                "يستمع إليك مرشدون من خارج هذه المنشأة ويساعدونك: اطلب #78. المكالمة مجانية ولا \
                 تُسجَّل ولا يتنصت عليها أحد.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Hotline,
        must_acknowledge: false,
        title: &[
            ("en", "Legal aid"),
            ("es", "Ayuda legal"),
            ("vi", "Trợ giúp pháp lý"),
            ("ht", "Èd legal"),
            ("zh-Hans", "法律援助"),
            ("ar", "المساعدة القانونية"),
        ],
        text: &[
            (
                "en",
                "Dial #55, Monday to Friday, 9 to 5. Calls to legal aid are free and private.",
            ),
            (
                "es",
                "Marque #55, de lunes a viernes, de 9 a 5. Las llamadas a la ayuda legal son \
                 gratis y privadas.",
            ),
            (
                "vi",
                "Bấm #55, thứ Hai đến thứ Sáu, 9 giờ sáng đến 5 giờ chiều. Cuộc gọi đến trợ \
                 giúp pháp lý miễn phí và riêng tư.",
            ),
            (
                "ht",
                "Konpoze #55, lendi jiska vandredi, 9è a 5è. Apèl pou èd legal yo gratis epi yo \
                 prive.",
            ),
            (
                "zh-Hans",
                "拨打 #55，星期一至星期五，9 点到 5 点。打给法律援助的电话免费并且保密。",
            ),
            (
                "ar",
                "اطلب #55، من الاثنين إلى الجمعة، من 9 إلى 5. مكالمات المساعدة القانونية مجانية \
                 وخاصة.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Hotline,
        must_acknowledge: false,
        title: &[
            ("en", "The ombuds office"),
            ("es", "La defensoría del residente"),
            ("vi", "Văn phòng thanh tra khiếu nại"),
            ("ht", "Biwo defansè rezidan yo"),
            ("zh-Hans", "监察员办公室"),
            ("ar", "مكتب أمين المظالم"),
        ],
        text: &[
            (
                "en",
                "The ombuds office is not part of this facility and looks into complaints. Dial \
                 #22. The call is free.",
            ),
            (
                "es",
                "La defensoría no es parte de este centro e investiga las quejas. Marque #22. La \
                 llamada es gratis.",
            ),
            (
                "vi",
                "Văn phòng này không thuộc cơ sở và xem xét các khiếu nại. Bấm #22. Cuộc gọi \
                 miễn phí.",
            ),
            (
                "ht",
                "Biwo sa a pa fè pati sant sa a; li mennen ankèt sou plent yo. Konpoze #22. \
                 Apèl la gratis.",
            ),
            (
                "zh-Hans",
                "监察员办公室不属于本机构，负责调查投诉。拨打 #22，通话免费。",
            ),
            (
                "ar",
                "مكتب أمين المظالم ليس جزءًا من هذه المنشأة وينظر في الشكاوى. اطلب #22. \
                 المكالمة مجانية.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Rights,
        must_acknowledge: false,
        title: &[
            ("en", "What you have a right to"),
            ("es", "Sus derechos"),
            ("vi", "Bạn có những quyền gì"),
            ("ht", "Sa ou gen dwa genyen"),
            ("zh-Hans", "您享有的权利"),
            ("ar", "ما هو من حقك"),
        ],
        text: &[
            (
                "en",
                "You have a right to medical care, to food that suits your health and your faith, \
                 to practice your religion, to see your attorney in private, and to be treated \
                 the same whatever your race, religion, language, gender or disability.\n\n\
                 If you need help to read, hear, see, move or understand, ask any person who \
                 works here. The help is free.",
            ),
            (
                "es",
                "Tiene derecho a atención médica, a comida adecuada para su salud y su fe, a \
                 practicar su religión, a ver a su abogado en privado y a que le traten igual sea \
                 cual sea su raza, religión, idioma, género o discapacidad.\n\n\
                 Si necesita ayuda para leer, oír, ver, moverse o entender, pídala a cualquier \
                 persona que trabaje aquí. La ayuda es gratis.",
            ),
            (
                "vi",
                "Bạn có quyền được chăm sóc y tế, được ăn thức ăn hợp với sức khỏe và tín \
                 ngưỡng của mình, được theo tôn giáo của mình, được gặp riêng luật sư, và được \
                 đối xử như nhau bất kể chủng tộc, tôn giáo, ngôn ngữ, giới tính hay khuyết \
                 tật.\n\n\
                 Nếu bạn cần giúp để đọc, nghe, nhìn, đi lại hoặc hiểu, hãy hỏi bất kỳ ai làm \
                 việc ở đây. Sự giúp đỡ này miễn phí.",
            ),
            (
                "ht",
                "Ou gen dwa jwenn swen medikal, manje ki bon pou sante ou ak lafwa ou, pratike \
                 relijyon ou, wè avoka ou an prive, epi pou yo trete ou menm jan kèlkeswa ras \
                 ou, relijyon ou, lang ou, sèks ou oswa andikap ou.\n\n\
                 Si ou bezwen èd pou li, tande, wè, deplase oswa konprann, mande nenpòt moun k \
                 ap travay isit la. Èd la gratis.",
            ),
            (
                "zh-Hans",
                "您有权得到医疗护理，有权得到适合您健康和信仰的食物，有权信奉自己的宗教，有\
                 权单独会见律师；无论种族、宗教、语言、性别或残疾，您都有权受到同等对待。\n\n\
                 如果您在阅读、听、看、行动或理解方面需要帮助，请告诉这里的任何工作人员。帮\
                 助是免费的。",
            ),
            (
                "ar",
                "من حقك الحصول على الرعاية الطبية، وعلى طعام يناسب صحتك ودينك، وأن تمارس دينك، \
                 وأن تقابل محاميك على انفراد، وأن تُعامَل كغيرك مهما كان عرقك أو دينك أو لغتك \
                 أو جنسك أو إعاقتك.\n\n\
                 إذا احتجت إلى مساعدة في القراءة أو السمع أو النظر أو الحركة أو الفهم، فاطلبها \
                 من أي شخص يعمل هنا. المساعدة مجانية.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Rights,
        must_acknowledge: false,
        title: &[
            ("en", "How to make a complaint"),
            ("es", "Cómo presentar una queja"),
            ("vi", "Cách khiếu nại"),
            ("ht", "Kijan pou pote plent"),
            ("zh-Hans", "如何投诉"),
            ("ar", "كيف تقدم شكوى"),
        ],
        text: &[
            (
                "en",
                "Take a grievance form from the box by the door, or ask for one. Put it into the \
                 locked box; the people it is about do not open it. You get an answer in writing \
                 within 15 days, and you can appeal it. Nobody may punish you for a complaint.",
            ),
            (
                "es",
                "Tome un formulario de queja de la caja junto a la puerta o pida uno. Póngalo en \
                 la caja cerrada; no la abren las personas de quienes se queja. Recibe una \
                 respuesta por escrito en 15 días y puede apelarla. Nadie puede castigarle por \
                 una queja.",
            ),
            (
                "vi",
                "Hãy lấy mẫu khiếu nại trong hộp cạnh cửa, hoặc xin một mẫu. Bỏ vào hộp có \
                 khóa; những người bị khiếu nại không mở hộp đó. Bạn nhận câu trả lời bằng văn \
                 bản trong vòng 15 ngày, và có thể kháng lại câu trả lời đó. Không ai được phạt \
                 bạn vì khiếu nại.",
            ),
            (
                "ht",
                "Pran yon fòm plent nan bwat ki bò pòt la, oswa mande youn. Mete l nan bwat ki \
                 fèmen ak kle a; moun plent lan pale de yo a pa louvri l. Ou resevwa yon repons \
                 pa ekri nan 15 jou, epi ou ka fè apèl. Pèsonn pa gen dwa pini ou paske ou pote \
                 plent.",
            ),
            (
                "zh-Hans",
                "请从门边的盒子里拿一份投诉表，或向工作人员要一份。把表放进上锁的箱子；被投\
                 诉的人不会打开它。您会在 15 天内收到书面答复，对答复可以申诉。任何人都不能\
                 因为您投诉而惩罚您。",
            ),
            (
                "ar",
                "خذ نموذج شكوى من الصندوق بجانب الباب أو اطلب نموذجًا. ضعه في الصندوق المقفل؛ \
                 لا يفتحه من تشتكي منهم. تحصل على جواب مكتوب خلال 15 يومًا، ويمكنك الاعتراض \
                 عليه. لا يجوز لأحد معاقبتك بسبب شكوى.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Prea,
        must_acknowledge: false,
        title: &[
            ("en", "You have a right to be safe"),
            ("es", "Tiene derecho a estar a salvo"),
            ("vi", "Bạn có quyền được an toàn"),
            ("ht", "Ou gen dwa an sekirite"),
            ("zh-Hans", "您有权得到安全"),
            ("ar", "من حقك أن تكون آمنًا"),
        ],
        text: &[
            (
                "en",
                "Nobody here may sexually abuse or harass you: no resident, nobody who works \
                 here, no visitor. It is never allowed, and it is never your fault.\n\n\
                 You can report it at any time, also if it was long ago: tell any person who works \
                 here, write a note, have family or a friend report it, or report to somebody \
                 outside. You do not have to give your name.\n\n\
                 Every report is looked into. Nobody may punish you for reporting. You get \
                 medical care and support, free, whether or not you name anybody.",
            ),
            (
                "es",
                "Nadie aquí puede abusar de usted ni acosarle sexualmente: ningún residente, \
                 nadie que trabaje aquí, ningún visitante. Nunca está permitido y nunca es culpa \
                 suya.\n\n\
                 Puede denunciarlo en cualquier momento, también si pasó hace mucho: dígaselo a \
                 cualquier persona que trabaje aquí, escriba una nota, haga que lo denuncie su \
                 familia o un amigo, o denúncielo a alguien de fuera. No tiene que dar su \
                 nombre.\n\n\
                 Cada denuncia se investiga. Nadie puede castigarle por denunciar. Recibe \
                 atención médica y apoyo gratis, nombre o no a alguien.",
            ),
            (
                "vi",
                "Không ai ở đây được lạm dụng hay quấy rối tình dục bạn: không người bị giam \
                 nào, không ai làm việc ở đây, không khách thăm nào. Điều đó không bao giờ được \
                 phép, và không bao giờ là lỗi của bạn.\n\n\
                 Bạn có thể báo bất cứ lúc nào, kể cả khi chuyện đã lâu: nói với bất kỳ ai làm \
                 việc ở đây, viết một mẩu giấy, nhờ gia đình hoặc bạn bè báo, hoặc báo cho \
                 người ở bên ngoài. Bạn không cần nói tên.\n\n\
                 Mọi lời báo đều được điều tra. Không ai được phạt bạn vì đã báo. Bạn được chăm \
                 sóc y tế và hỗ trợ miễn phí, dù bạn có nêu tên ai hay không.",
            ),
            (
                "ht",
                "Pèsonn isit la pa gen dwa fè abi seksyèl oswa asèlman seksyèl sou ou: ni yon \
                 rezidan, ni yon moun k ap travay isit la, ni yon vizitè. Sa pa janm gen \
                 pèmisyon, epi se pa janm fòt ou.\n\n\
                 Ou ka rapòte sa nenpòt lè, menm si sa fè lontan: di nenpòt moun k ap travay \
                 isit la, ekri yon nòt, fè fanmi ou oswa yon zanmi rapòte sa, oswa rapòte sa \
                 bay yon moun deyò. Ou pa oblije bay non ou.\n\n\
                 Yo mennen ankèt sou chak rapò. Pèsonn pa gen dwa pini ou paske ou rapòte. Ou \
                 jwenn swen medikal ak sipò gratis, kit ou bay non yon moun kit ou pa bay li.",
            ),
            (
                "zh-Hans",
                "这里的任何人都不得对您性侵犯或性骚扰：无论是其他在押人员、这里的工作人员，\
                 还是访客。这绝不允许，也绝不是您的错。\n\n\
                 您随时可以举报，即使事情已过去很久：告诉这里的任何工作人员，写一张字条，请\
                 家人或朋友举报，或向外面的人举报。您不必说出自己的姓名。\n\n\
                 每一次举报都会调查。任何人都不能因为您举报而惩罚您。无论您是否说出对方是谁\
                 ，您都会得到免费的医疗护理和支持。",
            ),
            (
                "ar",
                "لا يجوز لأحد هنا أن يعتدي عليك جنسيًا أو يتحرش بك: لا نزيل، ولا من يعمل هنا، \
                 ولا زائر. هذا غير مسموح أبدًا، وليس ذنبك أبدًا.\n\n\
                 يمكنك الإبلاغ في أي وقت، حتى لو حدث ذلك منذ زمن طويل: أخبر أي شخص يعمل هنا، أو \
                 اكتب ورقة، أو دع أهلك أو صديقًا يبلغ، أو أبلغ جهة في الخارج. لست مضطرًا إلى \
                 ذكر اسمك.\n\n\
                 يُحقَّق في كل بلاغ. لا يجوز لأحد معاقبتك بسبب الإبلاغ. تحصل على الرعاية الطبية \
                 والدعم مجانًا، سواء ذكرت اسم أحد أم لا.",
            ),
        ],
    },
    Page {
        kind: NoticeKind::Prea,
        must_acknowledge: false,
        title: &[
            ("en", "If it happened to you"),
            ("es", "Si le ha pasado a usted"),
            ("vi", "Nếu chuyện đó đã xảy ra với bạn"),
            ("ht", "Si sa te rive ou"),
            ("zh-Hans", "如果这件事发生在您身上"),
            ("ar", "إذا حدث لك ذلك"),
        ],
        text: &[
            (
                "en",
                "Go to a safe place and tell somebody you trust. If it just happened, try not to \
                 wash, change clothes, eat, drink or use the toilet before a nurse has seen you. \
                 You may have somebody from a support group with you.",
            ),
            (
                "es",
                "Vaya a un lugar seguro y dígaselo a alguien de confianza. Si acaba de pasar, \
                 procure no lavarse, cambiarse de ropa, comer, beber ni ir al baño antes de que \
                 le vea una enfermera. Puede acompañarle alguien de un grupo de apoyo.",
            ),
            (
                "vi",
                "Hãy đến nơi an toàn và nói với người bạn tin cậy. Nếu chuyện vừa xảy ra, cố \
                 gắng không tắm rửa, thay quần áo, ăn, uống hoặc đi vệ sinh trước khi y tá khám \
                 cho bạn. Bạn có thể có người của nhóm hỗ trợ ở bên.",
            ),
            (
                "ht",
                "Ale yon kote ki an sekirite epi di yon moun ou fè konfyans. Si sa fèk rive, \
                 eseye pa lave kò ou, chanje rad, manje, bwè ni ale nan twalèt anvan yon \
                 enfimyè wè ou. Ou gen dwa gen yon moun nan yon gwoup sipò avèk ou.",
            ),
            (
                "zh-Hans",
                "请到安全的地方，告诉您信任的人。如果刚刚发生，在护士看过您之前，尽量不要洗\
                 澡、换衣服、吃东西、喝水或上厕所。您可以让支持团体的人陪着您。",
            ),
            (
                "ar",
                "اذهب إلى مكان آمن وأخبر شخصًا تثق به. إذا حدث ذلك للتو، فحاول ألا تغتسل أو \
                 تبدّل ملابسك أو تأكل أو تشرب أو تستخدم المرحاض قبل أن تراك ممرضة. يمكن أن يكون \
                 معك شخص من مجموعة دعم.",
            ),
        ],
    },
    // 28 CFR 115.51: at least one way to report to an office that is not part of the agency,
    // privately, and without a name on request.
    Page {
        kind: NoticeKind::Reporting,
        must_acknowledge: false,
        title: &[
            ("en", "Report to somebody outside"),
            ("es", "Denunciar a alguien de fuera"),
            ("vi", "Báo cho người ở bên ngoài"),
            ("ht", "Rapòte bay yon moun deyò"),
            ("zh-Hans", "向外面的人举报"),
            ("ar", "الإبلاغ لجهة خارجية"),
        ],
        text: &[
            (
                "en",
                "The State Inspector's office is not part of this facility or of the county.\n\n\
                 Phone: dial #77 from any phone in the unit. It is free, needs no PIN and is not \
                 recorded.\n\n\
                 Mail: State Inspector, Box 115, Capital City. Mark it \"legal mail\"; it is not \
                 opened here and needs no stamp.\n\n\
                 You do not have to give your name. Opening this page leaves no trace.",
            ),
            (
                "es",
                "La oficina del Inspector del Estado no es parte de este centro ni del \
                 condado.\n\n\
                 Teléfono: marque #77 desde cualquier teléfono de la unidad. Es gratis, no \
                 necesita PIN y no se graba.\n\n\
                 Correo: State Inspector, Box 115, Capital City. Escriba \"legal mail\"; aquí no \
                 se abre y no necesita sello.\n\n\
                 No tiene que dar su nombre. Abrir esta página no deja rastro.",
            ),
            (
                "vi",
                "Văn phòng Thanh tra Tiểu bang không thuộc cơ sở này hay quận.\n\n\
                 Điện thoại: bấm #77 từ bất kỳ điện thoại nào trong khu. Miễn phí, không cần mã \
                 PIN và không bị ghi âm.\n\n\
                 Thư: State Inspector, Box 115, Capital City. Hãy ghi \"legal mail\"; thư không \
                 bị mở ở đây và không cần tem.\n\n\
                 Bạn không cần nói tên. Mở trang này không để lại dấu vết.",
            ),
            (
                "ht",
                "Biwo Enspektè Leta a pa fè pati sant sa a ni konte a.\n\n\
                 Telefòn: konpoze #77 sou nenpòt telefòn nan inite a. Li gratis, li pa bezwen \
                 PIN epi yo pa anrejistre l.\n\n\
                 Lèt: State Inspector, Box 115, Capital City. Ekri \"legal mail\" sou li; yo pa \
                 louvri l isit la epi li pa bezwen tenm.\n\n\
                 Ou pa oblije bay non ou. Louvri paj sa a pa kite okenn tras.",
            ),
            (
                "zh-Hans",
                "州监察官办公室不属于本机构，也不属于县政府。\n\n\
                 电话：用单元里的任何电话拨打 #77。免费，不需要 PIN 码，也不录音。\n\n\
                 信件：State Inspector, Box 115, Capital City。请写上 \"legal mail\"；信在这\
                 里不会被拆开，也不需要邮票。\n\n\
                 您不必说出自己的姓名。打开这一页不会留下任何痕迹。",
            ),
            (
                "ar",
                "مكتب مفتش الولاية ليس جزءًا من هذه المنشأة ولا من المقاطعة.\n\n\
                 الهاتف: اطلب #77 من أي هاتف في الوحدة. المكالمة مجانية ولا تحتاج إلى رمز PIN \
                 ولا تُسجَّل.\n\n\
                 البريد: State Inspector, Box 115, Capital City. اكتب عليه \"legal mail\"؛ لا \
                 يُفتح هنا ولا يحتاج إلى طابع.\n\n\
                 لست مضطرًا إلى ذكر اسمك. فتح هذه الصفحة لا يترك أثرًا.",
            ),
        ],
    },
];

/// News that come up while the demo runs.
const NEWS: [(Words, Words); 2] = [
    (
        &[
            ("en", "Laundry"),
            ("es", "Lavandería"),
            ("vi", "Giặt đồ"),
            ("ht", "Lesiv"),
            ("zh-Hans", "洗衣"),
            ("ar", "الغسيل"),
        ],
        &[
            (
                "en",
                "Laundry is picked up on Wednesday this week instead of Tuesday.",
            ),
            (
                "es",
                "Esta semana la ropa se recoge el miércoles en lugar del martes.",
            ),
            ("vi", "Tuần này đồ giặt được thu vào thứ Tư thay vì thứ Ba."),
            ("ht", "Semèn sa a yo ranmase lesiv la mèkredi olye de madi."),
            ("zh-Hans", "本周的衣物改在星期三收取，不是星期二。"),
            ("ar", "يُجمع الغسيل هذا الأسبوع يوم الأربعاء بدلًا من الثلاثاء."),
        ],
    ),
    (
        &[
            ("en", "Hot water"),
            ("es", "Agua caliente"),
            ("vi", "Nước nóng"),
            ("ht", "Dlo cho"),
            ("zh-Hans", "热水"),
            ("ar", "الماء الساخن"),
        ],
        &[
            (
                "en",
                "The hot water is off on Thursday from 1 to 3 in the afternoon for repairs.",
            ),
            (
                "es",
                "El jueves de 1 a 3 de la tarde no hay agua caliente por reparaciones.",
            ),
            (
                "vi",
                "Thứ Năm từ 1 đến 3 giờ chiều không có nước nóng vì sửa chữa.",
            ),
            (
                "ht",
                "Jedi, depi 1è jiska 3è apremidi, pa gen dlo cho poutèt reparasyon.",
            ),
            ("zh-Hans", "星期四下午 1 点到 3 点因维修停供热水。"),
            (
                "ar",
                "ينقطع الماء الساخن يوم الخميس من 1 إلى 3 بعد الظهر بسبب الإصلاحات.",
            ),
        ],
    ),
];

/// Puts up every page, in its order among its kind.
pub(super) fn put_up(
    central: &Central,
    demo: &DemoFacility,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    let mut places = BTreeMap::new();
    for page in &PAGES {
        let place = places.entry(page.kind).or_insert(0_u32);
        *place += 1;
        let notice = NoticeBody {
            kind: page.kind,
            version: 1,
            must_acknowledge: page.must_acknowledge,
            order: *place,
            title: words(page.title),
            text: words(page.text),
            from: before(now, 14, 0),
            until: None,
        };
        central.post_notice(demo.facility, &notice, rng)?;
    }
    Ok(())
}

/// Puts up the `n`th piece of news for a week.
pub(super) fn news(
    central: &Central,
    demo: &DemoFacility,
    n: usize,
    now: UtcMillis,
    rng: &mut dyn RngCore,
) -> Result<(), OperatorError> {
    let Some((title, text)) = NEWS.get(n % NEWS.len()) else {
        return Ok(());
    };
    let notice = NoticeBody {
        kind: NoticeKind::Notice,
        version: 1,
        must_acknowledge: false,
        order: 0,
        title: words(title),
        text: words(text),
        from: now,
        until: Some(before(now, -7, 0)),
    };
    central.post_notice(demo.facility, &notice, rng)?;
    Ok(())
}

pub(super) fn words(words: Words) -> LocalText {
    let own = |(tag, text): &(&str, &str)| ((*tag).to_owned(), (*text).to_owned());
    LocalText(words.iter().map(own).collect())
}

#[cfg(test)]
mod tests {
    use dayroom_protocol::LANGUAGES;

    use super::{NEWS, PAGES};

    #[test]
    fn every_page_is_there_in_every_language_of_the_screen() {
        let pages = PAGES.iter().map(|page| (page.title, page.text));
        for (title, text) in pages.chain(NEWS) {
            for words in [title, text] {
                let there: Vec<_> = words.iter().map(|(tag, _)| *tag).collect();
                let wanted = LANGUAGES.map(|language| language.tag);
                assert_eq!(there, wanted, "{:?}", title.first());
                assert!(words.iter().all(|(_, text)| !text.trim().is_empty()));
            }
        }
    }
}
