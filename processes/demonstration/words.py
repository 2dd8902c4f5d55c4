"""
What the people of the demonstration write: notes, and the answers of heads of office.
"""

from __future__ import annotations

LINE_NOTES = (
    "Giriş borusu çürüyüb, ventil bağlanmır.",
    "Su xətti divarın içindən keçir, sayğaca yer yoxdur.",
    "Xətdə iki ayrı qol var, ümumi giriş nöqtəsi yoxdur.",
)
ACCESS_NOTES = (
    "Qapını açan olmadı, telefona cavab verilmədi.",
    "Abonent şəhərdə deyil, qonşu xəbər verdi.",
    "Zirzəminin açarı komendantda idi, gəlmədi.",
)
STOCK_NOTES = ("Anbarda bu diametrdə sayğac yoxdur.", "Yeni partiya yoldadır, gələn həftə gözlənilir.")
OVERDUE_NOTES = ("Usta xəstələnib, iş başqa ustaya verildi.", "Abonentlə əlaqə yaradıldı, yeni vaxt razılaşdırıldı.")
SEND_BACK_NOTES = ("Xətti yenidən yoxlayın və foto əlavə edin.", "Abonentlə bir daha əlaqə saxlayın.")
#: rule of law -> language of the applicant -> what the head of office answers
ANSWERS = {
    "water_rules_line": {
        "az": "Su xətti sayğacın quraşdırılması üçün yararlı olmadığından işi icra etmək mümkün olmadı.\n\n"
        "Səbəb aradan qalxdıqdan sonra yenidən müraciət edə bilərsiniz.",
        "ru": "Выполнить работы не удалось: водопроводная линия непригодна для установки счётчика.\n\n"
        "Когда причина будет устранена, Вы можете обратиться снова.",
        "en": "The work could not be carried out because the water line is unsuitable for a meter.\n\n"
        "Once the reason is removed you can apply again.",
    },
    "water_rules_stock": {
        "az": "İdarənin anbarında uyğun sayğac olmadığından işi icra etmək mümkün olmadı.\n\n"
        "Sayğac daxil olduqdan sonra yenidən müraciət edə bilərsiniz.",
        "ru": "Выполнить работы не удалось: на складе управления нет подходящего счётчика.\n\n"
        "После поступления счётчиков Вы можете обратиться снова.",
        "en": "The work could not be carried out because the office has no suitable meter in stock.\n\n"
        "Once meters have arrived you can apply again.",
    },
    "applications_law_duplicate": {
        "az": "Eyni müraciət artıq icradadır, ona görə bu müraciət ayrıca icra edilmir.",
        "ru": "Такое же обращение уже исполняется, поэтому отдельно это обращение не исполняется.",
        "en": "The same application is already being worked on, so this one is not worked on separately.",
    },
}
